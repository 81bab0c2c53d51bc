import type { ItemView, ListView, PanelLabels, SectionView } from "@sidelight/panel/index.ts";
import { Tag } from "@zendeskgarden/react-tags";
import { useState } from "react";
import { changedClass } from "./changedClass.ts";
import { OutLink } from "./OutLink.tsx";

interface Props {
  list: ListView;
  filters: SectionView["filters"];
  labels: PanelLabels;
}

export function ItemList({ list, filters, labels }: Props) {
  const [showsAll, setShowsAll] = useState(false);
  const [source, setSource] = useState<string | null>(null);
  const items = source ? list.items.filter((item) => item.source === source) : list.items;
  const visibleItems = showsAll || source ? items : items.slice(0, list.visible);
  return (
    <div className="block">
      <h4>{list.title}</h4>
      {filters.length > 0 && (
        <fieldset className="filters" aria-label={list.title}>
          <FilterButton label={labels.all} pressed={source === null} onPress={() => setSource(null)} />
          {filters.map((filter) => (
            <FilterButton
              key={filter.key}
              label={filter.label}
              pressed={source === filter.source}
              onPress={() => setSource(filter.source)}
            />
          ))}
        </fieldset>
      )}
      {items.length === 0 && <p className="quiet small">{list.emptyText}</p>}
      <ul className="items">
        {visibleItems.map((item) => (
          <Item key={item.key} item={item} newTab={labels.opensNewTab} showSource={filters.length > 0} />
        ))}
      </ul>
      {list.moreText && !source && (
        <button type="button" className="link" aria-expanded={showsAll} onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? list.lessText : list.moreText}
        </button>
      )}
    </div>
  );
}

function Item({ item, newTab, showSource }: { item: ItemView; newTab: string; showSource: boolean }) {
  const meta = [showSource ? item.sourceName : "", item.detail].filter(Boolean).join(" · ");
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
      {item.tag && (
        <Tag size="small" isRegular className={`item-tag tag-${item.tag.tone}`}>
          <bdi>{item.tag.text}</bdi>
        </Tag>
      )}
    </li>
  );
}

function FilterButton({ label, pressed, onPress }: { label: string; pressed: boolean; onPress: () => void }) {
  return (
    <button type="button" className="filter" aria-pressed={pressed} onClick={onPress}>
      {label}
    </button>
  );
}
