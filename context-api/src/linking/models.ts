import { type Model, modelSchema, shippedModel } from "../identity/matching/model.ts";
import type { TenantLog } from "../log/log.ts";
import { type IdentityModelRow, listModels } from "../store/tables/identityModels.ts";

/** A version that was fitted to the records of the tenant. */
export interface StoredModel {
  model: Model;
  /** Epoch ms. */
  fittedAt: number;
  /** Records that it was fitted to. */
  people: number;
}

/** Versions that are kept and listed. */
export const maxVersions = 100;

/** The model that scores the tenant's records: the newest version, or the shipped one. */
export const currentModel = async (log: TenantLog): Promise<Model> => (await newestModel(log))?.model ?? shippedModel;

/** The newest version that this release can use; null when there is none. */
export async function newestModel(log: TenantLog): Promise<StoredModel | null> {
  const [row] = await listModels(log.store, 1);
  return row ? storedModel(row) : null;
}

function storedModel({ model: text, fitted_at, people }: IdentityModelRow): StoredModel | null {
  const { data: model } = modelSchema.safeParse(JSON.parse(text));
  return model && isComparable(model) ? { model, fittedAt: fitted_at, people } : null;
}

/** False for a model of another release, which compares other facts. */
const isComparable = ({ comparisons }: Model): boolean => formOf(comparisons) === formOf(shippedModel.comparisons);
const formOf = (comparisons: Model["comparisons"]): string =>
  JSON.stringify(comparisons.map(({ name, levels }) => [name, levels.map(({ label }) => label)]));

const weekMs = 7 * 86_400_000;

/** True when the model should be fitted again: after a week, or when there are twice as many people. */
export const isOutdated = ({ fittedAt, people }: StoredModel, present: { people: number; now: number }): boolean =>
  present.now - fittedAt >= weekMs || present.people >= 2 * people;
