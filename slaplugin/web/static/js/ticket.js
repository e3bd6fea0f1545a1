// The page of one ticket: its times count, and every part follows what happens to it.
import { enhance } from "./acknowledge.js";
import { clock, learnAges, showStale, start, zone } from "./frame.js";
import { Link } from "./link.js";
import { take } from "./parts.js";
import { Poller } from "./poll.js";
import { Speaker } from "./say.js";

const BIG = "[data-big]";
const speaker = new Speaker(document.getElementById("say"));
const ticker = start({
  keys: { a: () => document.querySelector("#p-head [name=ticket]")?.click() ?? false,
          o: () => document.querySelector("[data-outside]")?.click() ?? false },
  on: {
    onCross: (element, words) => {
      speaker.note(element.dataset.timer, words.css, sentence(element, words));
      setTimeout(() => poller.now(), 300);
    },
    onWake: () => poller.now(),
    onTick: (now) => {
      link.tick(now, true);
      showStale(now);
    },
  },
});
const poller = new Poller(location.pathname, clock, {
  answer: ({ status, text, sources }) => {
    link.answered();
    learnAges(sources);
    if (status === 200) renew(text);
  },
  failure: ({ inSeconds }) => link.failed(inSeconds),
  signedOut: () => link.signedOut(),
});
const link = new Link(clock, zone, document.getElementById("p-notice"), () => poller.now());

count(document);
bind();
poller.start();

function renew(text) {
  const whole = take(text, {
    before: (part) => ticker.drop(big(part)),
    after: (part) => {
      ticker.take(big(part));
      for (const element of big(part)) {
        const words = ticker.words(element);
        if (words) speaker.note(element.dataset.timer, words.css, sentence(element, words));
      }
    },
  });
  if (whole) bind();
}

function bind() {
  enhance(document.getElementById("ack"), () => poller.now());
}

function count(root) {
  const elements = big(root);
  ticker.take(elements);
  for (const element of elements) {
    const words = ticker.words(element);
    if (words) speaker.learn(element.dataset.timer, words.css);
  }
}

function big(root) {
  const inside = [...root.querySelectorAll(BIG)];
  return root.matches?.(BIG) ? [root, ...inside] : inside;
}

function sentence(element, words) {
  return `${element.querySelector("h2").textContent.trim()} ${words.state}, ${words.spoken}`;
}
