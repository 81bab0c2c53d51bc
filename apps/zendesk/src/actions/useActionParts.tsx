import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import { actionHeads } from "@sidelight/panel/actions/heads.ts";
import { maskedPointers } from "@sidelight/panel/actions/overlay.ts";
import type { PanelOptions, PanelView } from "@sidelight/panel/index.ts";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { lateParts, whenIdle } from "../ui/lateParts.ts";
import type { ActionsBinding } from "./binding.ts";
import { PinButton } from "./PinButton.tsx";
import { RevealControl } from "./RevealControl.tsx";

const ActionForms = lazy(() => lateParts.actions().then((module) => ({ default: module.ActionForms })));
const Notes = lazy(() => lateParts.actions().then((module) => ({ default: module.Notes })));

/** What actions add to the panel, by its place. */
export interface ActionParts {
  pin: ReactNode;
  /** Beside the address of the customer. */
  revealCustomer: ReactNode;
  isFollowUpOpen: boolean;
  onFollowUp: () => void;
  /** Below the buttons: the open form, and what the last action did. */
  forms: ReactNode;
  /** In place of the list of a section; undefined for a section without actions. */
  contentOf: (name: SectionName) => ReactNode;
  footOf: (name: SectionName) => ReactNode;
}

interface Shown {
  binding: ActionsBinding;
  view: PanelView;
  /** With masked values. */
  context: Context | null;
  options: PanelOptions;
}

export function useActionParts({ binding, view, context, options }: Shown): ActionParts {
  const { actions, state } = binding;
  const heads = actionHeads(context, options, { panel: view.state, state, now: performance.now() });
  const { open } = state;
  const isReady = view.state === "ready";

  const mayPin = isReady && context?.permissions.act.includes("pin") === true;
  useEffect(() => {
    if (mayPin) whenIdle(() => void actions.loadPins());
  }, [mayPin, actions]);

  // The forms are not in the first load. The line that says what an action did has to be there before it does.
  const [isIdle, setIsIdle] = useState(false);
  useEffect(() => whenIdle(() => setIsIdle(true)), []);

  const control = (part: string): ReactNode => (
    <RevealControl binding={binding} heads={heads} part={part} pointers={maskedPointers(context, part)} />
  );
  const parts = { binding, panel: view.state, context, options };

  return {
    pin: <PinButton pin={heads.pin} onPin={(isPinned) => void actions.take({ kind: "pin", isPinned })} />,
    revealCustomer: control("customer"),
    isFollowUpOpen: open?.kind === "follow-up",
    onFollowUp: () => (open?.kind === "follow-up" ? actions.close() : actions.open({ kind: "follow-up" })),
    forms: (isIdle || open || state.done || state.failure) && (
      <Suspense>
        <ActionForms {...parts} />
      </Suspense>
    ),
    contentOf: (name) =>
      name === "notes" && isReady && context?.sections.notes?.data ? (
        <Suspense>
          <Notes key={context.customer?.id} {...parts} />
        </Suspense>
      ) : undefined,
    footOf: control,
  };
}
