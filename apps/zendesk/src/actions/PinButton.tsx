import type { ActionHeads } from "@sidelight/panel/actions/heads.ts";
import { Icon } from "../ui/Icon.tsx";

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
      <Icon name="pin" />
    </button>
  );
}
