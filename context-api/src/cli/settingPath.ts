/** Sets the value at a path. The maps above it are created when they are missing. */
export function putSetting(target: Record<string, unknown>, [name = "", ...path]: readonly string[], value: unknown): void {
  if (path.length === 0) {
    target[name] = value;
    return;
  }
  if (!isMap(target[name])) target[name] = {};
  putSetting(target[name] as Record<string, unknown>, path, value);
}

export function removeSetting(target: Record<string, unknown>, [name = "", ...path]: readonly string[]): void {
  const member = target[name];
  if (path.length === 0) delete target[name];
  else if (isMap(member)) removeSetting(member, path);
}

/** Undefined when there is no value at the path. */
export function valueAt(settings: unknown, [name, ...path]: readonly string[]): unknown {
  if (name === undefined) return settings;
  return isMap(settings) && Object.hasOwn(settings, name) ? valueAt(settings[name], path) : undefined;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
