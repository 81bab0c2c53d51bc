import type { ActionHeads } from "@sidelight/panel/actions/heads.ts";
import type { ActionsBinding } from "./binding.ts";

interface Props {
  binding: ActionsBinding;
  heads: ActionHeads;
  /** The customer, or a section, and its masked values. */
  part: string;
  pointers: readonly string[];
}

/** Opens the question for a reason; while values are shown, counts down and hides them. Nothing without masked values. */
export function RevealControl({ binding: { actions, state }, heads, part, pointers }: Props) {
  const isShown = Object.keys(state.revealed?.values ?? {}).some((pointer) => pointers.includes(pointer));
  if (heads.revealed && isShown)
    return (
      <span className="revealed small">
        <bdi className="quiet">{heads.revealed.text}</bdi>
        <button type="button" className="link" data-reveal={part} onClick={actions.hide}>
          {heads.revealed.hide}
        </button>
      </span>
    );
  if (!heads.reveal || pointers.length === 0) return null;
  const isOpen = state.open?.kind === "reveal" && state.open.part === part;
  return (
    <button
      type="button"
      className="link small"
      data-reveal={part}
      aria-expanded={isOpen}
      onClick={() => (isOpen ? actions.close() : actions.open({ kind: "reveal", part, pointers }))}
    >
      {part === "customer" ? heads.reveal.customer : heads.reveal.section}
    </button>
  );
}
