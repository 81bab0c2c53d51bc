/** As the platform does it: names and encoded values, separated by commas. @param {Record<string, unknown>} values */
export const encodeDefaultFieldValues = (values) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join(",");
