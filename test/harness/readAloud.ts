import type { CDPSession, Frame, Page } from "playwright-core";

/** One stop of a screen reader that reads from top to bottom. */
export interface Spoken {
  role: string;
  name: string;
  /** Of a heading. */
  level?: number;
  states: string[];
}

interface AxNode {
  nodeId: string;
  ignored: boolean;
  role?: { value: string };
  name?: { value: string };
  value?: { value: unknown };
  properties?: { name: string; value: { value: unknown } }[];
  childIds?: string[];
}

interface FrameTree {
  frame: { id: string; url: string };
  childFrames?: FrameTree[];
}

/** Said as a whole: by their name, or by the text inside them. */
const atoms = new Set(["button", "link", "heading", "img", "image", "option", "MenuListOption", "status", "alert"]);
export const controlRoles = new Set(["button", "link", "textbox", "combobox", "checkbox", "radio", "Date", "DateTime"]);
/** Said only where they have a name of their own. */
const structures = new Set(["list", "listitem", "term", "definition", "DescriptionList", "group", "MenuListPopup", "LabelText"]);
const silent = new Set(["none", "generic", "InlineTextBox", "LineBreak", "RootWebArea", "paragraph", "ListMarker"]);

/** What the browser's accessibility tree of a frame says, in reading order. */
export async function readAloud(
  page: Page,
  frame: Frame = page.mainFrame(),
  from?: (node: Spoken) => boolean,
): Promise<Spoken[]> {
  const session = await page.context().newCDPSession(page);
  await session.send("Accessibility.enable");
  const { nodes } = await session.send("Accessibility.getFullAXTree", { frameId: await frameIdOf(session, frame) });
  await session.detach();
  const spoken = spokenNodes(nodes as AxNode[]);
  return from ? spoken.slice(spoken.findIndex(from)) : spoken;
}

/** One line a stop: `button: ARR €1,234,000, collapsed`. */
export const lineOf = ({ role, name, level, states }: Spoken): string =>
  `${role}${level === undefined ? "" : ` ${level}`}: ${[name, ...states].join(", ")}`;

async function frameIdOf(session: CDPSession, frame: Frame): Promise<string> {
  const { frameTree } = await session.send("Page.getFrameTree");
  const find = (tree: FrameTree): string | undefined =>
    tree.frame.url.split("#")[0] === frame.url().split("#")[0]
      ? tree.frame.id
      : tree.childFrames?.map(find).find((id) => id !== undefined);
  const id = find(frameTree as FrameTree);
  if (id === undefined) throw new Error(`The page has no frame at ${frame.url()}.`);
  return id;
}

function spokenNodes(nodes: AxNode[]): Spoken[] {
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const spoken: Spoken[] = [];
  const visit = (node: AxNode): void => {
    const role = node.role?.value ?? "none";
    const utterance = spokenOf(node, role, byId);
    const isNamed = utterance.name !== "" && role !== "term" && role !== "listitem";
    const isSaid = !node.ignored && !silent.has(role) && (!structures.has(role) || isNamed);
    if (isSaid) spoken.push(utterance);
    if (isSaid && atoms.has(role)) {
      // A heading can hold a control, which is a stop of its own.
      for (const child of childrenOf(node, byId)) if (holdsControl(child, byId)) visit(child);
      return;
    }
    for (const child of childrenOf(node, byId)) visit(child);
  };
  if (nodes[0]) visit(nodes[0]);
  return spoken;
}

const childrenOf = (node: AxNode, byId: Map<string, AxNode>): AxNode[] =>
  (node.childIds ?? []).flatMap((id) => byId.get(id) ?? []);

const holdsControl = (node: AxNode, byId: Map<string, AxNode>): boolean =>
  (!node.ignored && controlRoles.has(node.role?.value ?? "")) ||
  childrenOf(node, byId).some((child) => holdsControl(child, byId));

const textIn = (node: AxNode, byId: Map<string, AxNode>): string =>
  node.role?.value === "StaticText"
    ? (node.name?.value ?? "")
    : childrenOf(node, byId)
        .map((child) => textIn(child, byId))
        .join(" ");

function spokenOf(node: AxNode, role: string, byId: Map<string, AxNode>): Spoken {
  const property = (name: string) => node.properties?.find((candidate) => candidate.name === name)?.value.value;
  const expanded = property("expanded");
  const pressed = property("pressed");
  const level = property("level");
  const states = [
    ...(expanded === undefined ? [] : [expanded === true ? "expanded" : "collapsed"]),
    ...(pressed === undefined ? [] : [pressed === "true" || pressed === true ? "pressed" : "not pressed"]),
    ...(property("disabled") === true ? ["unavailable"] : []),
    ...(property("required") === true ? ["required"] : []),
  ];
  const ownName = node.name?.value || (role === "status" || role === "alert" ? textIn(node, byId) : "");
  const name = ownName
    .replace(/[\u200e\u200f\u061c\u2066-\u2069]/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return {
    role: role === "StaticText" ? "text" : role,
    name,
    states,
    ...(typeof level === "number" && role === "heading" ? { level } : {}),
  };
}
