import { type ReactNode, useEffect, useRef } from "react";
import { useFocusReturn } from "../ui/focus.ts";
import { GardenTheme } from "../ui/GardenTheme.tsx";

interface Props {
  title: string;
  /** Selector of the button that opened it. */
  opener: string;
  onClose: () => void;
  children: ReactNode;
}

/** A form below the button that opened it. Escape closes it, and the focus returns. */
export function FormBox({ title, opener, onClose, children }: Props) {
  const box = useRef<HTMLElement>(null);
  useEffect(() => box.current?.querySelector<HTMLElement>("select, input, textarea")?.focus(), []);
  useFocusReturn(box, opener);
  return (
    <GardenTheme>
      <section
        className="insert action-form"
        aria-label={title}
        ref={box}
        onKeyDown={(event) => event.key === "Escape" && onClose()}
      >
        <h3>{title}</h3>
        {children}
      </section>
    </GardenTheme>
  );
}
