import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import { actionHeads } from "@sidelight/panel/actions/heads.ts";
import { localDay } from "@sidelight/panel/actions/localDay.ts";
import { maskedPointers } from "@sidelight/panel/actions/overlay.ts";
import { counterText, toActions } from "@sidelight/panel/actions/toActions.ts";
import type { PanelOptions, PanelView } from "@sidelight/panel/index.ts";
import { lazy, type ReactNode, Suspense, useEffect } from "react";
import { lateParts } from "../ui/lateParts.ts";
import { type ActionsBinding, draftsOf } from "./binding.ts";
import { PinButton } from "./PinButton.tsx";
import { RevealControl } from "./RevealControl.tsx";

const FollowUp = lazy(() => lateParts.actions().then((module) => ({ default: module.FollowUp })));
const Notes = lazy(() => lateParts.actions().then((module) => ({ default: module.Notes })));
const Reveal = lazy(() => lateParts.actions().then((module) => ({ default: module.Reveal })));

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
  const { actions, state, host } = binding;
  const customer = context?.customer?.id ?? "";
  const heads = actionHeads(context, options, { panel: view.state, state, now: performance.now() });
  const texts = toActions(context, options, { panel: view.state, host, state });
  const drafts = draftsOf(host.person);
  const failureText = (kind: string): string => (state.failure?.kind === kind ? texts.failure : "");
  const { open } = state;
  const isReady = view.state === "ready";

  const mayPin = isReady && context?.permissions.act.includes("pin") === true;
  useEffect(() => {
    if (mayPin) whenIdle(() => void actions.loadPins());
  }, [mayPin, actions]);

  const control = (part: string): ReactNode => (
    <RevealControl binding={binding} heads={heads} part={part} pointers={maskedPointers(context, part)} />
  );

  return {
    pin: <PinButton pin={heads.pin} onPin={(isPinned) => void actions.take({ kind: "pin", isPinned })} />,
    revealCustomer: control("customer"),
    isFollowUpOpen: open?.kind === "follow-up",
    onFollowUp: () => (open?.kind === "follow-up" ? actions.close() : actions.open({ kind: "follow-up" })),
    forms: (
      <>
        {isReady && open?.kind === "follow-up" && (
          <Suspense>
            <FollowUp
              key={customer}
              actions={actions}
              view={texts.followUp}
              isSending={texts.isSending}
              failure={failureText("follow-up")}
              drafts={drafts}
              customer={customer}
              today={localDay(options.now, options.timeZone)}
              proposedDay={localDay(options.now, options.timeZone, 1)}
            />
          </Suspense>
        )}
        {isReady && open?.kind === "reveal" && (
          <Suspense>
            <Reveal
              key={open.part}
              actions={actions}
              view={texts.reveal}
              failure={failureText("reveal")}
              part={open.part}
              pointers={open.pointers}
            />
          </Suspense>
        )}
        {failureText("pin") && (
          <p role="alert" className="action-status tone-danger">
            <bdi>{failureText("pin")}</bdi>
          </p>
        )}
        <p className="action-status" aria-live="polite">
          <bdi>{texts.status}</bdi>
        </p>
      </>
    ),
    contentOf: (name) =>
      name === "notes" && isReady && context?.sections.notes?.data ? (
        <Suspense>
          <Notes
            key={customer}
            actions={actions}
            view={texts}
            drafts={drafts}
            customer={customer}
            failedKind={state.failure?.kind}
            counter={(length) => counterText(options, length, texts.notes.composer.maxLength)}
          />
        </Suspense>
      ) : undefined,
    footOf: control,
  };
}

/** Safari has no idle callback. */
const whenIdle = (run: () => void): void => void (globalThis.requestIdleCallback ?? ((later) => setTimeout(later, 1_000)))(run);
