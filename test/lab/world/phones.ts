const US = [
  202, 206, 212, 213, 214, 215, 303, 305, 312, 404, 415, 503, 512, 602, 612, 617, 619, 702, 713, 718, 773, 808, 816, 904, 916,
  919, 972,
];
const DE = ["3023125", "6990009", "4066969", "2214710", "8999998"];
const FR = ["19900", "26191", "35301", "46571", "53649"];
const GB = [
  "1134960",
  "1144960",
  "1154960",
  "1164960",
  "1174960",
  "1184960",
  "1214960",
  "1314960",
  "1414960",
  "1514960",
  "1614960",
  "2079460",
];

const digits = (value: number, width: number): string => String(value).padStart(width, "0");

/** E.164 numbers from the ranges reserved for fiction; unique for `n` below 2,700. */
export function phone(country: string, n: number): string {
  if (country === "DE") return `+49${DE[Math.floor(n / 1000) % DE.length]}${digits(n % 1000, 3)}`;
  if (country === "FR") return `+33${FR[Math.floor(n / 10000) % FR.length]}${digits(n % 10000, 4)}`;
  if (country === "IE" || country === "NL") return `+44${GB[Math.floor(n / 1000) % GB.length]}${digits(n % 1000, 3)}`;
  return `+1${US[Math.floor(n / 100) % US.length]}55501${digits(n % 100, 2)}`;
}

/** The same number as a person types it. Some Salesforce rows contain this form. */
export const asTyped = (e164: string): string =>
  e164.startsWith("+1") ? `(${e164.slice(2, 5)}) ${e164.slice(5, 8)}-${e164.slice(8)}` : `${e164.slice(0, 3)} ${e164.slice(3)}`;
