import type { PageProps } from "../session/session.ts";
import { useAddress } from "../ui/address.ts";
import { CanariesPage } from "./canaries/CanariesPage.tsx";
import { EditPage } from "./edit/EditPage.tsx";
import { VersionList } from "./VersionList.tsx";
import { VersionPage } from "./VersionPage.tsx";

/** The active configuration and its earlier versions, or the difference of the one that the address names. */
export function ConfigurationPage({ session }: PageProps) {
  const [, version = ""] = useAddress();
  if (version === "edit") return <EditPage session={session} />;
  if (version === "canaries") return <CanariesPage session={session} />;
  return version === "" ? <VersionList session={session} /> : <VersionPage key={version} version={version} session={session} />;
}
