// The demo's inbox: what arrives appears.
import { clock, start } from "./frame.js";
import { take } from "./parts.js";
import { Poller } from "./poll.js";

const ticker = start({ on: { onWake: () => poller.now() } });
const poller = new Poller(location.pathname, clock, {
  answer: ({ status, text }) => {
    if (status === 200) take(text);
    ticker.tick();
  },
});
poller.start();
