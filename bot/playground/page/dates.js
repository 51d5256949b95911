// Slack's date tokens and the clock's words, in the acted person's time zone and relative to the demo clock.

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const formats = new Map();

function format(zone) {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat("en-GB", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
    }));
  }
  return formats.get(zone);
}

/** Promise: the wall clock of that zone: numbers year…second, weekday 0 = Sunday, and `days` since 1970. */
export function wall(ms, zone) {
  const parts = Object.fromEntries(format(zone).formatToParts(new Date(ms)).map(({ type, value }) => [type, Number(value)]));
  const days = Math.floor(Date.UTC(parts.year, parts.month - 1, parts.day) / 86_400_000);
  return { ...parts, days, weekday: (((days + 4) % 7) + 7) % 7 };
}

const two = (number) => String(number).padStart(2, "0");
const suffix = (day) => (day > 3 && day < 21 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[day % 10] ?? "th");
const NEAR = new Map([[-1, "yesterday"], [0, "today"], [1, "tomorrow"]]);

/** Promise: the text of one Slack date format such as `{date_short_pretty} at {time}`; unknown tokens stay as they are. */
export function slackDate(unix, pattern, zone, nowMs) {
  const at = wall(unix * 1000, zone);
  const near = NEAR.get(at.days - wall(nowMs, zone).days);
  const month = MONTHS[at.month - 1];
  const long = `${month} ${at.day}${suffix(at.day)}, ${at.year}`;
  const short = `${month.slice(0, 3)} ${at.day}, ${at.year}`;
  const full = `${DAYS[at.weekday]}, ${long}`;
  const words = {
    date_num: `${at.year}-${two(at.month)}-${two(at.day)}`,
    date: long, date_short: short, date_long: full, date_long_full: full,
    date_pretty: near ?? long, date_short_pretty: near ?? short, date_long_pretty: near ?? full, day_divider_pretty: near ?? full,
    time: `${two(at.hour)}:${two(at.minute)}`,
    time_secs: `${two(at.hour)}:${two(at.minute)}:${two(at.second)}`,
    ago: ago(nowMs / 1000 - unix),
  };
  return pattern.replace(/\{([a-z_]+)\}/g, (whole, name) => words[name] ?? whole);
}

function ago(seconds) {
  const size = Math.abs(seconds);
  const [amount, unit] = size < 60 ? [size, "second"] : size < 3600 ? [size / 60, "minute"] : size < 86400 ? [size / 3600, "hour"] : [size / 86400, "day"];
  const words = `${Math.round(amount)} ${unit}${Math.round(amount) === 1 ? "" : "s"}`;
  return seconds >= 0 ? `${words} ago` : `in ${words}`;
}

/** Promise: "Mon 03:12". */
export function clockText(ms, zone) {
  const at = wall(ms, zone);
  return `${DAYS[at.weekday].slice(0, 3)} ${two(at.hour)}:${two(at.minute)}`;
}

/** Promise: "03:12". */
export const hourText = (ms, zone) => slackDate(ms / 1000, "{time}", zone, ms);

/** Promise: the heading of a day in a conversation: "Today", "Yesterday" or "Tuesday, November 24th". */
export function dayText(ms, zone, nowMs) {
  const at = wall(ms, zone);
  const near = NEAR.get(at.days - wall(nowMs, zone).days);
  if (near) return near[0].toUpperCase() + near.slice(1);
  return `${DAYS[at.weekday]}, ${MONTHS[at.month - 1]} ${at.day}${suffix(at.day)}`;
}

/** Promise: "2026-11-24T03:02" of that zone, for a date and time field. */
export function toField(unix, zone) {
  const at = wall(unix * 1000, zone);
  return `${at.year}-${two(at.month)}-${two(at.day)}T${two(at.hour)}:${two(at.minute)}`;
}

/** Promise: the Unix second at which that zone's wall clock shows the field's value; null when the field is empty. */
export function fromField(value, zone) {
  const parts = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+)/.exec(value);
  if (!parts) return null;
  const [, year, month, day, hour, minute] = parts.map(Number);
  const wanted = Date.UTC(year, month - 1, day, hour, minute);
  const shift = (guess) => {
    const at = wall(guess, zone);
    return Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute) - wanted;
  };
  let guess = wanted - shift(wanted);
  guess -= shift(guess);
  return Math.round(guess / 1000);
}
