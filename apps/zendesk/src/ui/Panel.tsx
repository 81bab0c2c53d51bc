import { refs } from "@sidelight/client/refs.ts";
import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import { createIdentity, type PanelIdentity } from "@sidelight/panel/identity/identity.ts";
import type { IdentityTransport } from "@sidelight/panel/identity/transport.ts";
import { type PanelOptions, type PanelView, toPanel } from "@sidelight/panel/index.ts";
import type { PanelSession } from "@sidelight/panel/session/session.ts";
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import type { ActionsBinding } from "../actions/binding.ts";
import { useActionParts } from "../actions/useActionParts.tsx";
import { reloadApp } from "../session/pageSession.ts";
import type { ZendeskSubject } from "../session/subject.ts";
import type { Host } from "../zaf/host.ts";
import { Actions } from "./Actions.tsx";
import { Banner } from "./Banner.tsx";
import { Facts } from "./Facts.tsx";
import { Header } from "./Header.tsx";
import { lateParts, preloadLateParts, whenIdle } from "./lateParts.ts";
import { Notice } from "./Notice.tsx";
import { headingId, Section } from "./Section.tsx";
import { useMarks } from "./useMarks.ts";

export interface PanelHandlers {
  refresh(): unknown;
  retry(target: SectionName | "all"): unknown;
  choose(candidateId: string): void;
  undoChoice(): void;
}

interface BodyProps {
  view: PanelView;
  /** The answer behind the view. */
  context: Context | null;
  options: PanelOptions;
  /** Receives a sentence about what changed, to be announced. */
  onNews: (news: string) => void;
  host: Host;
  /** The ticket on screen, or null. */
  ticketId: string | null;
  /** The person chose this candidate: the choice can be undone even without a header. */
  isCandidate: boolean;
  handlers: PanelHandlers;
  identity: PanelIdentity;
  binding: ActionsBinding;
}

interface Props extends Omit<BodyProps, "identity"> {
  /** A new key shows another customer: nothing of the former one stays open. */
  bodyKey: string;
  session: PanelSession<ZendeskSubject>;
  loadIdentity: () => Promise<IdentityTransport<ZendeskSubject>>;
}

/** A skeleton replaces the panel while a live change brings another customer. A decision that is on its way must not be lost then. */
const identities = new WeakMap<Props["session"], PanelIdentity>();

function identityOf({ session, loadIdentity }: Pick<Props, "session" | "loadIdentity">): PanelIdentity {
  const identity = identities.get(session) ?? createIdentity({ session, loadTransport: loadIdentity });
  identities.set(session, identity);
  return identity;
}

export function Panel({ bodyKey, session, loadIdentity, ...props }: Props) {
  return <Body key={bodyKey} {...props} identity={identityOf({ session, loadIdentity })} />;
}

const InsertPreview = lazy(() => lateParts.insertPreview().then((module) => ({ default: module.InsertPreview })));
const Identity = lazy(() => lateParts.identity().then((module) => ({ default: module.Identity })));
const Candidates = lazy(() => lateParts.candidates().then((module) => ({ default: module.Candidates })));

function Body({ view: plain, context, options, onNews, host, ticketId, isCandidate, handlers, identity, binding }: BodyProps) {
  const identityState = useSyncExternalStore(identity.subscribe, identity.state);
  const view = useMarks(plain, context, options, onNews);
  const parts = useActionParts({ binding, view, context, options });
  const [openByName, setOpenByName] = useState<Partial<Record<SectionName, boolean>>>({});
  const [preview, setPreview] = useState<PanelView | null>(null);
  const showActions = view.state === "ready" || view.state === "ambiguous" || view.state === "none";
  const retryLabel = view.sections.find(({ problem }) => problem)?.problem?.retryLabel ?? view.actions.refresh.label;

  useEffect(() => whenIdle(preloadLateParts), []);

  const openSection = (name: SectionName): void => setOpenByName((previous) => ({ ...previous, [name]: true }));

  const retrySection = (name: SectionName): void => {
    // What the agent asked for stays in view, also when the problem that opened the section is gone.
    openSection(name);
    handlers.retry(name);
  };

  const showEvidence = (name: SectionName): void => {
    openSection(name);
    const heading = document.getElementById(headingId(name));
    heading?.focus();
    heading?.scrollIntoView({ block: "nearest" });
  };

  const reportInsert = (isPublic: boolean, characters: number): void => {
    const into = ticketId ? refs.of("zendesk.ticket", ticketId) : null;
    const as = into === null ? "description" : isPublic ? "public_reply" : "internal_note";
    binding.actions.reportInsert({ kind: "insert", into, as, what: "summary", characters });
  };

  return (
    <main className="panel" aria-label={view.labels.panel} data-state={view.state}>
      {view.header && (
        <Header
          header={view.header}
          isChosen={isCandidate}
          pin={parts.pin}
          reveal={parts.revealCustomer}
          onChange={isCandidate ? handlers.undoChoice : () => (identityState.isOpen ? identity.close() : void identity.open())}
        />
      )}
      {(isCandidate || identityState.isOpen || identityState.lastChange) && (
        <Suspense>
          <Identity context={context} options={options} state={identityState} identity={identity} />
        </Suspense>
      )}
      {view.banner && <Banner banner={view.banner} retryLabel={retryLabel} onRetry={handlers.retry} />}
      {view.notice && (
        <Notice
          notice={view.notice}
          labels={view.labels}
          onAction={(kind) => (kind === "reload" ? reloadApp() : handlers.retry("all"))}
        />
      )}
      {view.notice && isCandidate && (
        <button type="button" className="link" onClick={handlers.undoChoice}>
          {view.labels.change}
        </button>
      )}
      {view.candidates.length > 0 && (
        <Suspense>
          <Candidates candidates={view.candidates} label={view.labels.candidates} onChoose={handlers.choose} />
        </Suspense>
      )}
      {view.facts.length > 0 && <Facts facts={view.facts} labels={view.labels} />}
      {showActions && (
        <Actions
          actions={view.actions}
          labels={view.labels}
          onRefresh={handlers.refresh}
          onInsert={() => setPreview(preview ? null : toPanel(context, options))}
          insertOpen={preview !== null}
          onFollowUp={parts.onFollowUp}
          followUpOpen={parts.isFollowUpOpen}
        />
      )}
      {parts.forms}
      {preview && view.state === "ready" && (
        <Suspense>
          <InsertPreview
            host={host}
            ticketId={ticketId}
            view={preview}
            options={options}
            closeLabel={view.labels.close}
            onClose={() => setPreview(null)}
            onInserted={reportInsert}
          />
        </Suspense>
      )}
      <div className="sections">
        {view.sections.map((section) => (
          <Section
            key={section.name}
            section={section}
            labels={view.labels}
            isOpen={openByName[section.name] ?? section.openAtFirst}
            onToggle={() =>
              setOpenByName((previous) => ({ ...previous, [section.name]: !(previous[section.name] ?? section.openAtFirst) }))
            }
            onRetry={retrySection}
            onEvidence={showEvidence}
            content={parts.contentOf(section.name)}
            foot={parts.footOf(section.name)}
          />
        ))}
      </div>
    </main>
  );
}
