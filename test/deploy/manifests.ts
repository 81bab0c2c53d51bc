import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { root } from "../tools/runNode.mjs";

export const deployFolder = join(root, "context-api/deploy");

export interface Manifest {
  file: string;
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  // biome-ignore lint/suspicious/noExplicitAny: a tree of plain values of any kind
  spec: any;
}

export const readDeployFile = (name: string): string => readFileSync(join(deployFolder, name), "utf8");

/** All objects of the manifests for Kubernetes. */
export function readManifests(): Manifest[] {
  const folder = join(deployFolder, "kubernetes");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".yaml") && !["kustomization.yaml", "prometheus-adapter.yaml"].includes(name),
  );
  return files.flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), "utf8"), { merge: true }).map((document) => {
      if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0]?.message}`);
      return { file, ...(document.toJS() as Omit<Manifest, "file">) };
    }),
  );
}

/** The module and the type that describe an object: `kubernetes-models/apps/v1/Deployment`. */
export function modelOf({ apiVersion, kind }: Manifest): string {
  const group = apiVersion.includes("/") ? apiVersion : "v1";
  const library = apiVersion.startsWith("argoproj.io/") ? "@kubernetes-models/argo-rollouts" : "kubernetes-models";
  return `${library}/${group}/${kind}`;
}

export const podOf = ({ kind, spec }: Manifest) => (["Deployment", "Job", "Rollout"].includes(kind) ? spec.template.spec : null);
