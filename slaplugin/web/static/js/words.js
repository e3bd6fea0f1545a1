// Times as words: the same table as slaplugin/wording.py. Numbers and units are tied by no-break spaces.
export const NBSP = "\u00a0";
const MINUTE = 60, HOUR = 3600, DAY = 86400;
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const FULL = { s: "second", m: "minute", h: "hour" };

const two = (value) => String(value).padStart(2, "0");
const number = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

function units(...parts) {
  return parts.map(([value, unit], place) => (place ? two(value) : number(value)) + NBSP + unit).join(NBSP);
}

// At most two units, cut off: 42 s, 9 m 12 s, 27 m, 1 h 12 m, 31 h; 3 d 4 h from 48 h on a calendar that never closes.
export function amount(seconds, inDays = false) {
  const part = (size) => Math.floor(seconds / size);
  if (seconds < MINUTE) return units([seconds, "s"]);
  if (seconds < 10 * MINUTE) return units([part(MINUTE), "m"], [seconds % MINUTE, "s"]);
  if (seconds < HOUR) return units([part(MINUTE), "m"]);
  if (seconds < 10 * HOUR) return units([part(HOUR), "h"], [Math.floor((seconds % HOUR) / MINUTE), "m"]);
  if (inDays && seconds >= 2 * DAY) return `${number(part(DAY))}${NBSP}d${NBSP}${Math.floor((seconds % DAY) / HOUR)}${NBSP}h`;
  return units([part(HOUR), "h"]);
}

export function remaining(seconds, inDays = false, isOver = false) {
  if (seconds > 0) return `${amount(seconds, inDays)} left`;
  if (seconds === 0 && !isOver) return "due now";
  return `${amount(-seconds, inDays)} over`;
}

// Full words, for titles and for those who listen.
export function spoken(seconds) {
  if (seconds === 0) return "due now";
  const words = amount(Math.abs(seconds)).split(NBSP);
  const said = [];
  for (let place = 0; place < words.length; place += 2) {
    const value = Number(words[place].replace(",", ""));
    said.push(`${number(value)} ${FULL[words[place + 1]]}${value === 1 ? "" : "s"}`);
  }
  return `${said.join(" ")} ${seconds > 0 ? "left" : "over"}`;
}

// How old something is.
export function ago(seconds) {
  const old = Math.max(0, seconds);
  if (old < MINUTE) return `${old}${NBSP}s`;
  if (old < HOUR) return `${Math.floor(old / MINUTE)}${NBSP}m`;
  if (old < 2 * DAY) return `${Math.floor(old / HOUR)}${NBSP}h`;
  return `${number(Math.floor(old / DAY))}${NBSP}d`;
}

// An instant in a zone: 15:51, within six days Mon 09:00, else 22 May 09:00 or 22 May 2027.
export function moment(at, now, zone) {
  const there = local(at, zone), here = local(now, zone);
  const days = Math.round((Date.UTC(there.year, there.month - 1, there.day) - Date.UTC(here.year, here.month - 1, here.day)) / 864e5);
  const time = `${two(there.hour)}:${two(there.minute)}`;
  if (days === 0) return time;
  if (Math.abs(days) <= 6) {
    return `${WEEKDAYS[new Date(Date.UTC(there.year, there.month - 1, there.day)).getUTCDay()]}${NBSP}${time}`;
  }
  const date = `${there.day}${NBSP}${MONTHS[there.month - 1]}`;
  return there.year === here.year ? `${date}${NBSP}${time}` : `${date}${NBSP}${there.year}`;
}

// The time of day to the second.
export function clockTime(at, zone) {
  const there = local(at, zone);
  return `${two(there.hour)}:${two(there.minute)}:${two(there.second)}`;
}

const formats = new Map();

function local(at, zone) {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat("en-GB", {
      timeZone: zone, hourCycle: "h23", calendar: "gregory", numberingSystem: "latn",
      year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
    }));
  }
  const parts = formats.get(zone).formatToParts(new Date(at * 1000));
  return Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
}
