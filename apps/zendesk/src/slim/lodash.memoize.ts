/** As much of `lodash.memoize` as Garden's colours use: one argument, optionally with a key of its own. See `vite.config.ts`. */
export default function memoize<A, R>(compute: (argument: A) => R, keyOf: (argument: A) => unknown = (argument) => argument) {
  const known = new Map<unknown, R>();
  return (argument: A): R => {
    const key = keyOf(argument);
    if (!known.has(key)) known.set(key, compute(argument));
    return known.get(key) as R;
  };
}
