import type { PanelLabels, SectionView } from "@sidelight/panel/index.ts";
import type { ReactNode } from "react";
import { Icon } from "./Icon.tsx";
import { ItemList } from "./ItemList.tsx";
import { OutLink } from "./OutLink.tsx";
import { Rows } from "./Rows.tsx";
import { Usage } from "./Usage.tsx";

interface Props {
  section: SectionView;
  labels: PanelLabels;
  /** In place of the lists. */
  content: ReactNode;
  /** Below everything else. */
  foot: ReactNode;
}

/** What a section shows below its state and score. In a file of its own, because nearly all sections are closed at first. */
export function SectionContent({ section, labels, content, foot }: Props) {
  return (
    <>
      <Rows rows={section.rows} labels={labels} />
      {!section.score && <Usage section={section} />}
      {section.gaps.map(({ key, text }) => (
        <p key={key} className="gap">
          <Icon name="alert" />
          <bdi>{text}</bdi>
        </p>
      ))}
      {content ?? section.lists.map((list) => <ItemList key={list.key} list={list} filters={section.filters} labels={labels} />)}
      {foot}
      {section.links.length > 0 && (
        <p className="section-links">
          {section.links.map(({ key, label, url }) => (
            <OutLink key={key} url={url} newTab={labels.opensNewTab}>
              {label}
            </OutLink>
          ))}
        </p>
      )}
    </>
  );
}
