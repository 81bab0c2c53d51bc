// Runs in every frame of a measured page, before its own scripts: see FrameTimes of observe.ts.
(() => {
  const times = { startedAt: null, paintedAt: null, shown: [], settledAt: null, interactions: [], layoutShift: 0 };
  window.panelTimes = times;

  const observe = (type, report, options = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(report)).observe({ type, buffered: true, ...options });
  observe("event", (entry) => entry.interactionId && times.interactions.push(entry.duration), { durationThreshold: 16 });
  observe("layout-shift", ({ value, hadRecentInput }) => {
    if (!hadRecentInput) times.layoutShift += value;
  });
  observe("paint", ({ name, startTime }) => {
    if (name === "first-contentful-paint") times.paintedAt = startTime;
  });

  const inside = (root, tag) => root?.querySelector(tag)?.shadowRoot ?? null;

  /** The customer on screen with a name and one value, or null. */
  function readZendesk() {
    const panel = document.querySelector("main.panel:not(.shell)");
    const name = panel?.querySelector("h2.name")?.textContent ?? "";
    if (!name || !panel.querySelector(".fact-text:not(.absent)")?.textContent) return null;
    return { name, isSettled: !panel.querySelector("[data-section][data-state=pending]") };
  }

  function readSalesforce() {
    const host = inside(document, "host-app")?.querySelector("c-sidelight-panel");
    if (!host) return null;
    times.startedAt ??= performance.now();
    const panel = host.shadowRoot;
    const name = inside(panel, "c-sidelight-header")?.querySelector("h2")?.textContent ?? "";
    const value = inside(panel, "c-sidelight-facts")?.querySelector(".value:not(.absent):not(.pending)")?.textContent;
    return name && value ? { name: name.trim(), isSettled: panel.querySelector("[aria-busy=false]") !== null } : null;
  }

  let lastName = "";
  function look() {
    const current = readZendesk() ?? readSalesforce();
    const name = current?.name ?? "";
    if (name !== lastName) {
      lastName = name;
      times.settledAt = null;
      // The frame that follows: this one is painted then.
      if (name) requestAnimationFrame(() => times.shown.push({ name, at: performance.now() }));
    }
    if (current?.isSettled) times.settledAt ??= performance.now();
    else times.settledAt = null;
    requestAnimationFrame(look);
  }
  requestAnimationFrame(look);

  const nextFrame = () => new Promise(requestAnimationFrame);
  window.panelBench = {
    openTicket(id) {
      const select = document.querySelector("#ticket");
      if (![...select.options].some((option) => option.value === id)) select.append(new Option(id, id));
      select.value = id;
      select.dispatchEvent(new Event("change"));
    },
    /** Goes back to an open tab. @returns the milliseconds until its panel is on screen */
    async revisit(position) {
      const start = performance.now();
      document.querySelectorAll("[role=tab]")[position].click();
      const frame = document.querySelectorAll(".frames iframe")[position];
      do await nextFrame();
      while (frame.hidden || frame.clientHeight < 200);
      await nextFrame();
      return performance.now() - start;
    },
  };
})();
