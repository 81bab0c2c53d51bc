/** As much of `lodash.get` as Garden's colour look-up uses: a dotted path. See `vite.config.ts`. */
export default function get(object: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
}
