import { maskedPointers } from "c/sidelightActionsModel";

/**
 * The control that reveals the hidden values of one part of the panel, or hides them again.
 * @typedef {object} RevealControl
 * @property {string} label
 * @property {string} text counts down while the values are shown; "" before
 * @property {string | null} expanded whether its form is open; null while the values are shown
 */

/**
 * The controls of all parts that have hidden values: "customer", and sections by their names.
 * @param {import("@sidelight/contracts/context/context.ts").Context | null} context with its masks
 * @param {import("@sidelight/panel/actions/heads.ts").ActionHeads} heads
 * @param {import("@sidelight/panel/actions/actions.ts").ActionsState} state
 * @returns {Record<string, RevealControl>}
 */
export function revealControls(context, { reveal, revealed }, { open, revealed: values }) {
  /** @type {Record<string, RevealControl>} */
  const controls = {};
  for (const part of ["customer", ...Object.keys(context?.sections ?? {})]) {
    const pointers = maskedPointers(context, part);
    if (revealed && pointers.some((pointer) => Object.hasOwn(values?.values ?? {}, pointer))) {
      controls[part] = { label: revealed.hide, text: revealed.text, expanded: null };
    } else if (reveal && pointers.length > 0) {
      const isOpen = open?.kind === "reveal" && open.part === part;
      const label = part === "customer" ? reveal.customer : reveal.section;
      controls[part] = { label, text: "", expanded: String(isOpen) };
    }
  }
  return controls;
}
