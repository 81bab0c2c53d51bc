import { iconOf } from "c/sidelightIcons";
import { api, LightningElement } from "lwc";

/** One collapsible section: heading with freshness, problem, content. */
export default class SidelightSection extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").SectionView} */
  @api view;
  /** @type {import("@sidelight/panel/index.ts").PanelLabels} */
  @api labels;
  /** The component that shows the rest of an open section; null until it is loaded.
   * @type {any} */
  @api content = null;
  /** Controls of hidden values, by section.
   * @type {Record<string, import("c/sidelightActions").RevealControl>} */
  @api reveals = {};
  /** True or false once the person has opened or closed the section, null before.
   * @type {boolean | null} */
  openChoice = null;
  isRetrying = false;

  get isOpen() {
    return this.openChoice ?? this.view.openAtFirst;
  }

  get isClosed() {
    return !this.isOpen;
  }

  get expanded() {
    return String(this.isOpen);
  }

  /** An open section marks the changed value itself. */
  get toggleClass() {
    return this.view.changed && !this.isOpen ? "toggle changed" : "toggle";
  }

  /** While the section is pending, a blank line reserves the height of its headline. */
  get headline() {
    if (this.isOpen) return "";
    return this.view.state === "pending" ? this.view.headline || "\u00a0" : this.view.headline;
  }

  get headlineClass() {
    return `headline tone-${this.view.headlineTone}`;
  }

  get chevronClass() {
    return this.isOpen ? "chevron expanded" : "chevron";
  }

  get statusClass() {
    return `status tone-${this.view.status.tone}`;
  }

  get statusIcon() {
    return iconOf(this.view.status.icon);
  }

  get statusIconClass() {
    return `icon tone-${this.view.status.tone}`;
  }

  get bodyClass() {
    const isFilling = this.view.state === "pending" && this.view.message === null;
    const reserved = isFilling || this.isHealth || !this.content;
    return reserved ? "body reserved" : "body";
  }

  get isHealth() {
    return this.view.score !== null || this.view.drivers.length > 0 || this.view.missing.length > 0;
  }

  /** Nothing of the section is still to be loaded. */
  get isComplete() {
    return this.content !== null;
  }

  get retryDisabled() {
    return String(!this.view.problem?.canRetry || this.view.updating);
  }

  /** The reason why Retry is disabled, or its label. */
  get retryText() {
    return this.view.problem?.retryReason || this.view.problem?.retryLabel;
  }

  /** The banner has a Retry too. */
  get retryName() {
    return `${this.retryText}: ${this.view.title}`;
  }

  /** Opens the section and puts the focus on its heading. */
  @api
  reveal() {
    this.openChoice = true;
    this.heading?.focus();
    this.heading?.scrollIntoView({ block: "nearest" });
  }

  /** Puts the focus on the button of the hidden values. */
  @api
  focusReveal() {
    /** @type {(HTMLElement & { focusReveal(): void }) | null | undefined} */ (
      this.template?.querySelector("c-sidelight-content")
    )?.focusReveal();
  }

  get revealControl() {
    return this.reveals[this.view.name] ?? null;
  }

  /** @returns {HTMLElement | null} */
  get heading() {
    return this.template?.querySelector(".toggle") ?? null;
  }

  toggle() {
    this.openChoice = !this.isOpen;
  }

  retry() {
    if (!this.view.problem?.canRetry || this.view.updating) return;
    this.isRetrying = true;
    // What the person asked for stays in view, also when the problem that opened the section is gone.
    this.openChoice = true;
    this.dispatchEvent(new CustomEvent("retry", { detail: this.view.name, bubbles: true, composed: true }));
  }

  renderedCallback() {
    // A successful retry removes the Retry button: move the focus to the heading, so that it is not lost.
    if (!this.isRetrying || this.view.updating) return;
    this.isRetrying = false;
    if (this.view.problem === null) this.heading?.focus();
  }
}
