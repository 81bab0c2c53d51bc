/** Maps the view-model's icon names to SLDS icon names. */
const names = {
  check: "check",
  clock: "clock",
  alert: "warning",
  lock: "lock",
  eye_off: "hide",
  plug: "unlinked",
  dash: "dash",
  loading: "spinner",
  offline: "offline",
  calendar: "event",
  people: "people",
  search: "search",
  gear: "settings",
};

/** @param {import("@sidelight/panel/index.ts").IconName} icon */
export function iconOf(icon) {
  return `utility:${names[icon] ?? "info"}`;
}
