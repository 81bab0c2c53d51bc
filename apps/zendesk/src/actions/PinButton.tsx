import type { ActionHeads } from "@sidelight/panel/actions/heads.ts";

/** Pins the customer for the person. */
export function PinButton({ pin, onPin }: { pin: ActionHeads["pin"]; onPin: (isPinned: boolean) => void }) {
  const name = pin.reason ? `${pin.label} (${pin.reason})` : pin.label;
  return (
    <button
      type="button"
      className="pin"
      aria-pressed={pin.isPressed}
      aria-disabled={pin.disabled}
      aria-label={name}
      title={name}
      onClick={() => pin.disabled || onPin(!pin.isPressed)}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
        <path d="M5.5 1.5h5l-.7 5 2.7 3h-9l2.7-3zM8 9.5v5" />
      </svg>
    </button>
  );
}
