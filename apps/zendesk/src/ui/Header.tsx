import type { HeaderView } from "@sidelight/panel/index.ts";
import { Avatar } from "@zendeskgarden/react-avatars";
import { Tag } from "@zendeskgarden/react-tags";
import { Icon } from "./Icon.tsx";

export function Header({ header, onChange }: { header: HeaderView; onChange: () => void }) {
  const { chip, email, freshness } = header;
  return (
    <header className="header">
      <Avatar
        size="medium"
        backgroundColor="background.emphasis"
        foregroundColor="foreground.onEmphasis"
        isSystem={header.kind === "company"}
        aria-hidden="true"
        aria-live="off"
      >
        <Avatar.Text>{header.initials || "?"}</Avatar.Text>
      </Avatar>
      <div className="who">
        <h2 className={header.nameAbsent ? "name absent" : "name"} title={header.name}>
          <bdi>{header.name}</bdi>
        </h2>
        {header.company && (
          <p className="line" title={header.company}>
            <bdi>{header.company}</bdi>
          </p>
        )}
        {email && (
          <p className="line email" title={email.note ? `${email.text} (${email.note})` : email.text}>
            <bdi>{email.text}</bdi>
            {email.note && <bdi className="note">({email.note})</bdi>}
          </p>
        )}
      </div>
      <div className="marks">
        {chip && (
          <span className="chip" title={chip.detail}>
            <Tag size="small" isRegular className={`tag-${chip.tone}`}>
              <bdi>{chip.text}</bdi>
            </Tag>
            {chip.changeLabel && (
              <button type="button" className="link" onClick={onChange}>
                {chip.changeLabel}
              </button>
            )}
          </span>
        )}
        <span className={`freshness tone-${freshness.tone}`} title={freshness.sources.map(({ text }) => text).join("\n")}>
          <Icon name={freshness.icon} />
          <bdi>{freshness.text}</bdi>
        </span>
      </div>
    </header>
  );
}
