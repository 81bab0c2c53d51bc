import { basename } from "node:path";
import type { Plugin } from "vite";

/** Controls of Garden that this app does not have. Its fields and labels import their styles nevertheless. */
const unusedControls =
  /\/@zendeskgarden\/react-forms\/dist\/esm\/(?:styled\/(?:radio|checkbox|toggle)|elements\/(?:Radio|Checkbox|Toggle))[/.]/;
/** For browsers that this build does not support. */
const vendorPrefixes = /\/stylis\/src\/Prefixer\.js$/;

/**
 * Leaves out what the app loads with Garden and never uses.
 * @throws {Error} in the build, when the app uses one of these controls after all
 */
export function slimGarden(): Plugin {
  return {
    name: "sidelight:slim-garden",
    enforce: "pre",
    load(id) {
      if (vendorPrefixes.test(id)) return "export const prefix = (value) => value;";
      if (!unusedControls.test(id)) return;
      const name = basename(id, ".js");
      return `export const ${name} = () => { throw new Error("${name}${missing}"); };`;
    },
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const used = chunks.flatMap(({ modules }) =>
        Object.entries(modules).filter(
          ([id, { renderedLength }]) => /\/elements\//.test(id) && unusedControls.test(id) && renderedLength > 0,
        ),
      );
      if (used.length > 0) this.error(`${used.map(([id]) => basename(id, ".js")).join(", ")}${missing}`);
    },
  };
}

const missing = " of Garden is not in this build. Remove it from apps/zendesk/tools/slimGarden.ts.";
