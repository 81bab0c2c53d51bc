import { Field, Input } from "@zendeskgarden/react-forms";
import { useMemo, useState } from "react";
import { Empty } from "../../ui/states.tsx";
import { SettingField } from "./SettingField.tsx";
import { isSame, keyOf, type Setting, settingGroups } from "./settings.ts";

/** Entered values by the key of their setting. Null is not a value yet. */
export type Entries = ReadonlyMap<string, { setting: Setting; value: Setting["value"] | null }>;

interface Props {
  /** The active version as YAML. */
  text: string;
  entries: Entries;
  onChange: (entries: Entries) => void;
}

/** Thresholds, words, field mappings and switches, each with a field of its own. */
export function SettingsForm({ text, entries, onChange }: Props) {
  const [search, setSearch] = useState("");
  const groups = useMemo(() => settingGroups(text), [text]);
  const words = search.toLowerCase().trim();
  const visibleGroups = groups
    .map(({ title, settings }) => ({
      title,
      settings: settings.filter(({ path, label }) => `${title} ${label} ${path.join(".")}`.toLowerCase().includes(words)),
    }))
    .filter(({ settings }) => settings.length > 0);

  const change = (setting: Setting, value: Setting["value"] | null): void => {
    const next = new Map(entries);
    if (value !== null && isSame(value, setting.value)) next.delete(keyOf(setting));
    else next.set(keyOf(setting), { setting, value });
    onChange(next);
  };
  return (
    <>
      <div className="setting-search">
        <Field>
          <Field.Label>Find a setting</Field.Label>
          <Input isCompact type="search" value={search} onChange={({ target }) => setSearch(target.value)} />
        </Field>
      </div>
      {visibleGroups.length === 0 && (
        <Empty title="No setting has these words">Search for something else, or use the YAML.</Empty>
      )}
      {visibleGroups.map(({ title, settings }) => (
        <details key={title} className="setting-group" open={words !== "" || hasEntry(settings, entries)}>
          <summary>
            {title} <span className="muted small">{settings.length}</span>
          </summary>
          <div className="setting-fields">
            {settings.map((setting) => (
              <SettingField
                key={keyOf(setting)}
                setting={setting}
                changed={entries.get(keyOf(setting))?.value ?? undefined}
                onChange={(value) => change(setting, value)}
              />
            ))}
          </div>
        </details>
      ))}
    </>
  );
}

const hasEntry = (settings: readonly Setting[], entries: Entries): boolean =>
  settings.some((setting) => entries.has(keyOf(setting)));
