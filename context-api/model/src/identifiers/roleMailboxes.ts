/**
 * Mailboxes of a function, in the common languages: several people read them, and they pass from one person to the next. Letters and
 * digits only.
 */
const roleMailboxes = new Set(
  (
    "abuse account accounting accountmanagement accounts accountspayable accountsreceivable accueil achat achats acquisti " +
    "admin administracion administratie administration administrativo administrator admins affiliate alert alerts all " +
    "amministrazione anfrage anfragen angebot angebote ap api apotheke ar asiakaspalvelu assistance assistant assistants " +
    "assistenza atencion atencionalcliente atencioncliente atendimento auftraege auftrag aussendienst backoffice beratung " +
    "bestellung bestellungen bewerbung bewerbungen bilgi billing biuro board boekhouding bogholderi bonjour booking " +
    "bookings bot bounce bounces buchhaltung buergermeister buero bureau buro buying care career careers central ceo cfo " +
    "chef chro cio ciso clientes clienti clients clientservices clientsuccess cmo cobros comercial commandes commercial " +
    "compliance compra compras compta comptabilite comptable contabilidad contabilita contact contactez contacto contactos " +
    "contacts contato contatti contatto content coo cpo crediteuren crew cro cs cso cto customercare customers " +
    "customerservice customersuccess customersupport dataprotection datenschutz datenschutzbeauftragter debiteuren " +
    "debitoren demo desk destek dev development devis devops direction director direktion dispatch disposition dns domains " +
    "dpo ecommerce edi editor edv einkauf einvoice einvoices ekonomi email empfang employees engineering enquiries enquiry " +
    "erechnung events everyone facilities facturacion facturas facturatie facturation facture facturen factures faktura " +
    "fakturace fakturering faktureringen faktury fatturazione fatture fatura faturamento fax feedback fibu finance " +
    "financeiro financial finanse finanzas finanzen fornitori founder founders frontdesk frontoffice gdpr gemeinde general " +
    "gerencia geschaeftsfuehrung geschaeftsleitung geschaftsfuhrung gf gm group gruppe guest hallo handlowy hausverwaltung " +
    "hello help helpdesk hey hi hilfe hola hostmaster hr hub humanresources ict iletisim implementation inbox info " +
    "information inhaber inkoop innendienst innkjop inquiries inquiry invoice invoices invoicing iroda it itsupport job " +
    "jobs kadry kantoor kanzlei karriere kiosk kjop klantenservice kontakt kontakty kontor konyveles kreditoren ksiegowosc " +
    "kunden kundenbetreuung kundendienst kundenservice kundeservice kundservice kundtjanst lab labs lager laskutus legal " +
    "leitung logistics logistik mail mailbox mailer main management manager marketing md media mitarbeiter monitoring " +
    "muhasebe myynti nabava news newsletter noc notification notifications obchod obsluga office oficina okonomi onboarding " +
    "online operation operations ops order orders ordini owner partner partners payable payables payment payments payroll " +
    "pedidos personal personalabteilung personnel planning post posta postkasse postmaster pr praca praxis presales " +
    "president press presse preventivi printer privacy procurement prodej product proveedores public purchasing qa rachunki " +
    "racuni receivable recepcion receptie reception rechnung rechnungen rechnungswesen recht recruiting recruitment " +
    "recrutement recursoshumanos redaktion regnskab regnskap rekrutacja reservation reservations reservierung returns " +
    "rezeption rh robot root rrhh sale sales salg satis sav scan scanner school secretariat secretary security segreteria " +
    "sekretariat service servicecenter serviceclient servicedesk services servicioalcliente servizioclienti shared shipping " +
    "shop soc social soporte sprzedaz stadt staff standard store subscriptions suporte support sysadmin system systems " +
    "szamla szamlazas talent talous tax team teams tech technical technik tesoreria test ticket tickets travel treasury " +
    "trial ucetni ucto ufficio ugyfelszolgalat user users vakanties vendas vendite ventas ventes verkauf verkoop versand " +
    "vertrieb verwaltung vp warehouse web webinar webmaster website werkstatt whistleblower www yhteys zakelijk zakupy " +
    "zamowienia zaopatrzenie zarzad zentrale"
  ).split(" "),
);

/** What precedes or follows a function: `billing-eu@`, `sales.emea@`, `billing_dept@`. */
const qualifiers = new Set(
  (
    "de at ch fr es it uk us eu emea apac na latam intl global dach nl be pl br mx jp cn in au ca nordic hq " +
    "abteilung department dept unit"
  ).split(" "),
);
/** Each part of a compound has this many letters or more, so that no name is one. */
const minPart = 3;

const noMailboxes: ReadonlySet<string> = new Set();

/**
 * True for a mailbox that a function reads, not one person: `billing`, `cfo`, `it-support`, `sales.emea`. Look-ups find its address. It
 * is no evidence that two records are one person.
 * @param local in lower case
 * @param additional further mailboxes, in lower-case letters and digits
 */
export function isRoleMailbox(local: string, additional = noMailboxes): boolean {
  const isName = (word: string): boolean => roleMailboxes.has(word) || additional.has(word);
  const isRoleWord = (text: string): boolean => {
    const word = text.replace(/\d+$/, "");
    return isName(text) || isName(word) || isCompound(word, isName);
  };
  const words = local
    .replace(/\+.*$/, "")
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  if (words.length === 0) return false;
  const named = words.filter((word) => !qualifiers.has(word) && !/^\d+$/.test(word));
  if (isRoleWord(words.join("")) || isRoleWord(named.join(""))) return true;
  return words.some(isRoleWord) && words.every((word) => isRoleWord(word) || qualifiers.has(word) || /^\d+$/.test(word));
}

/** `billingteam`, `salessupport` */
function isCompound(word: string, isName: (part: string) => boolean): boolean {
  for (let end = minPart; end <= word.length - minPart; end++)
    if (isName(word.slice(0, end)) && isName(word.slice(end))) return true;
  return false;
}

/** True for an address of a function. @param address in canonical form */
export const isRoleAddress = (address: string): boolean => isRoleMailbox(address.slice(0, address.lastIndexOf("@")));
