// A page without a life of its own: the common frame is all it needs.
import { start } from "./frame.js";

start();
