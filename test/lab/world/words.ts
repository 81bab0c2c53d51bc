/** Word lists of the generator. Addresses use `.example` (RFC 2606), phones the fictional ranges. */
export const FIRST =
  `Ada Adam Aiko Alice Amara Amir Ana Anders Anika Anton Ariel Astrid Aylin Beatriz Ben Bianca Bruno Carla Carmen Cedric Chen Chiara Chloe Clara Conor
Dana Daniel Daria David Diego Dmitri Edith Elena Elias Elif Emil Emma Erik Esther Eva Farah Felix Finn Fiona Florian Frida Gabriel Giulia Grace Greta Hana Hannah Hassan
Helena Henrik Hugo Ida Igor Imani Ines Ingrid Isaac Ivan Jamal Jana Jasper Jelena Joana Johan Jonas Julia Kai Karim Katya Keiko Kenji Lars Laura Layla Lea Leon Lina Lucas
Lucia Luis Maja Malik Marco Maria Marta Mateo Max Maya Mei Mia Milan Mina Nadia Naomi Nia Nicolas Nina Noah Nora Olga Oliver Omar Oscar Paula Pavel Petra Priya Rafael Rania
Ravi Rosa Ruben Ruth Sami Sara Selma Simon Sofia Stefan Sven Tara Theo Thomas Tomas Uma Ursula Vera Victor Viola Wei Willem Yara Yuki Yusuf Zoe`.split(
    /\s+/,
  );
export const LAST =
  `Abbott Adeyemi Ahmed Almeida Andersen Arai Baker Barnes Bauer Becker Bell Berg Bianchi Blanc Bose Brandt Brooks Bruun Carter Castro Chavez Chen Clarke Costa
Cruz Dahl Das Delgado Devries Diaz Dubois Duran Eklund Ellis Eriksen Faure Fischer Flores Fontaine Ford Foster Franco Fuchs Fujita Garcia Gauthier Gomez Graf Gray Greene Gruber
Haas Hall Hansen Hayashi Hayes Heller Herrera Hoffman Holm Horvat Huang Hughes Ibrahim Ito Ivanova Jansen Jensen Johansson Kato Kaya Keller Khan Kim Klein Kowalski Kumar Lang
Larsen Lee Lehmann Lindberg Lopez Lund Maier Marino Martin Mendes Meyer Mills Mori Moreau Morgan Moser Nakamura Navarro Neumann Nguyen Nielsen Novak Okafor Olsen Ortiz Osei
Owens Park Patel Pereira Perrin Petrov Pham Popescu Porter Ramos Reid Reyes Ricci Rivera Romano Rossi Roy Russo Sanchez Sato Schmidt Schneider Shah Silva Singh Sokolov Stein
Suzuki Tanaka Taylor Thomsen Torres Tran Turner Varga Vega Vogel Wagner Walsh Wang Weber Winter Wolf Wong Yamada Yilmaz Young Zhang Ziegler`.split(
    /\s+/,
  );

const STEMS =
  `Alder Amber Anchor Aspen Atlas Aurora Beacon Birch Blue Bright Cascade Cedar Cinder Clear Cobalt Copper Coral Crest Delta Drift Ember Fair Falcon Fern Fjord Flint Forge
Garnet Glacier Granite Grove Harbor Haven Hazel Heron Hollow Indigo Iron Ivory Juniper Keystone Lantern Lark Linden Lumen Maple Marble Meadow Mesa Mill North Oak Onyx Opal
Orchard Otter Pebble Pine Polar Prairie Quarry Quill Raven Red Ridge River Rowan Sable Sage Salt Silver Slate Spruce Star Stone Summit Swift Tamarack Terra Thistle Tidal
Timber Umber Vale Velvet Vesper Violet Walnut Wander West Willow Winter Wren Yarrow Zephyr`.split(/\s+/);
const TAILS =
  "bridge brook dale field ford gate grid hill lake lane light line loop mark path peak point port reach shore side stack stead step stone vale view wave way well wood works yard".split(
    " ",
  );
export const TRADE: Record<string, string[]> = {
  Transportation: ["Freight", "Logistics", "Haulage", "Lines"],
  Manufacturing: ["Tooling", "Works", "Fabrication", "Robotics"],
  Healthcare: ["Health", "Clinics", "Diagnostics", "Care"],
  "Financial Services": ["Capital", "Lending", "Payments", "Insurance"],
  Retail: ["Outfitters", "Market", "Stores", "Goods"],
  Energy: ["Energy", "Solar", "Grid", "Power"],
  Education: ["Learning", "Academy", "Campus", "Press"],
  Media: ["Media", "Studios", "Audio", "Publishing"],
  Hospitality: ["Hotels", "Kitchens", "Resorts", "Travel"],
  Technology: ["Systems", "Software", "Data", "Labs"],
};
export const INDUSTRIES = Object.keys(TRADE);
export const SUFFIX: Record<string, string[]> = {
  US: ["Inc.", "LLC", "Co.", ""],
  DE: ["GmbH", "AG", ""],
  FR: ["SA", "SAS", ""],
  NL: ["B.V.", ""],
  IE: ["Ltd", ""],
  JP: ["K.K.", "株式会社", ""],
};
export const stem = (i: number): string => STEMS[i % STEMS.length]!;
export const tail = (i: number): string => TAILS[i % TAILS.length]!;
export const STEM_COUNT = STEMS.length;
export const TAIL_COUNT = TAILS.length;

export const TITLES = [
  "Head of Operations",
  "Operations Analyst",
  "VP Finance",
  "IT Manager",
  "Data Analyst",
  "Customer Success Lead",
  "Product Manager",
  "Engineering Manager",
  "Procurement Lead",
  "Chief Technology Officer",
  "Office Manager",
  "Support Lead",
  "Marketing Manager",
  "Planner",
  "Team Assistant",
];
export const NEXT_STEPS = [
  "Book the renewal review with the sponsor",
  "Send the revised quote with the three-year option",
  "Confirm the rollout date with IT",
  "Share the usage report before the steering meeting",
  "Ask finance who signs above the old budget",
  "Agree on a success plan for the second team",
];
export const FREE_MAIL = ["gmail.com", "outlook.com", "yahoo.com", "icloud.com", "hotmail.com", "gmx.de"];
export const FEATURES = [
  "Dashboards",
  "Scheduled Reports",
  "Forecasting",
  "Automations",
  "Data Import",
  "Alerts",
  "API Access",
  "Team Spaces",
  "Mobile App",
  "Audit Log",
];

/** Text that careless code would run, reverse, truncate or fail to quote. */
export const HOSTILE = {
  markup: "<img src=x onerror=alert(1)>",
  reversed: "Invoice\u202Efdp.exe Trading",
  long: "Long".repeat(50),
  apostrophe: "O'Brien & Sons",
  quotes: 'Back\\slash "Quoted" Ltd',
  soql: "x' OR Name LIKE '%",
  template: "{{constructor.constructor('alert(1)')()}}",
};

/** ASCII for addresses and slugs. */
export const slug = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/[^\w\s-]/g, "")
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, "-")
    .replace(/^-+|-+$/g, "");
