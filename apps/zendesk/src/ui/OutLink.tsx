import { Anchor } from "@zendeskgarden/react-buttons";

/** A link out of the panel. The view model allows only http(s). */
export function OutLink({ url, newTab, children }: { url: string; newTab: string; children: string }) {
  return (
    <Anchor href={url} isExternal externalIconLabel={`(${newTab})`} isUnderlined={false} title={children}>
      <bdi>{children}</bdi>
    </Anchor>
  );
}
