import type { ItemView } from "@sidelight/panel/index.ts";
import { changedClass } from "./changedClass.ts";
import { Tag } from "./elements.tsx";
import { OutLink } from "./OutLink.tsx";

/** One line of a list. */
export function Item({ item, newTab }: { item: ItemView; newTab: string }) {
  const meta = [item.sourceName, item.detail].filter(Boolean).join(" · ");
  return (
    <li className={`item ${item.highlighted ? "highlighted" : ""} ${item.when ? "" : "timeless"} ${changedClass(item)}`}>
      <span className="item-title">
        {item.link ? (
          <OutLink url={item.link} newTab={newTab}>
            {item.title}
          </OutLink>
        ) : (
          <bdi title={item.title}>{item.title}</bdi>
        )}
      </span>
      {item.when && (
        <time className="item-when" title={item.whenExact}>
          <bdi>{item.when}</bdi>
        </time>
      )}
      <span className="item-meta" title={meta}>
        <bdi>{meta}</bdi>
      </span>
      {item.work && (
        <span className="item-work">
          <bdi>{item.work}</bdi>
        </span>
      )}
      {item.tag && (
        <Tag className={`item-tag tag-${item.tag.tone}`}>
          <bdi>{item.tag.text}</bdi>
        </Tag>
      )}
    </li>
  );
}
