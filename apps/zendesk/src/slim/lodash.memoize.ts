/** The part of `lodash.memoize` that Garden's colors use: one argument, and optionally its key. See `vite.config.ts`. */
export default function memoize<A, R>(compute: (argument: A) => R, keyOf: (argument: A) => unknown = (argument) => argument) {
  const results = new Map<unknown, R>();
  return (argument: A): R => {
    const key = keyOf(argument);
    if (!results.has(key)) results.set(key, compute(argument));
    return results.get(key) as R;
  };
}
