// Name, company, address, and who hides the address.
const lines = '<p class="name"></p><p class="line"></p><p class="line"></p><p class="line"></p>';
const header = `<div class="header"><span class="shell-avatar"></span><div class="who">${lines}</div><div class="marks"></div></div>`;
const facts = `<ul class="facts">${'<li class="fact"></li>'.repeat(6)}</ul>`;
const section = '<div class="section"><div class="section-heading"></div></div>';
const health =
  '<div class="section" data-section="health"><div class="section-heading"></div><div class="shell-health"></div></div>';
const outline = `<main class="panel shell" aria-busy="true">${header}${facts}<div class="actions"></div><div class="sections">${health}${section.repeat(4)}</div></main>`;

/** The lines between the panel's parts, as `Shell.tsx` draws them: on screen as soon as this file has run, before React. */
export function drawOutline(): void {
  const root = document.getElementById("root");
  if (root) root.innerHTML = outline;
}
