/**
 * Mailboxes of a function, in the common languages: several people read them, and they pass from one person to the next. Letters and
 * digits only.
 */
const roleMailboxes = new Set(
  (
    "abuse account accounting accounts accountspayable accountsreceivable accueil achats acquisti admin administracion " +
    "administratie administration administrativo administrator admins affiliate alert alerts all amministrazione anfrage " +
    "anfragen ap api ar assistance assistant assistants assistenza atencion atencionalcliente atendimento beratung " +
    "bestellung bestellungen bewerbung bewerbungen billing biuro board boekhouding bonjour booking bookings bot " +
    "buchhaltung buero bureau buro buying care career careers central ceo cfo chro cio ciso cmo comercial commandes " +
    "commercial compliance compra compras comptabilite comptable contabilidad contabilita contact contactez contacto " +
    "contactos contacts contato contatti contatto coo cpo crew cro cs cso cto customercare customerservice customersuccess " +
    "datenschutz datenschutzbeauftragter demo desk dev development devops direction director direktion dispatch dns " +
    "domains dpo ecommerce edv einkauf email empfang engineering enquiries enquiry events everyone facilities facturacion " +
    "facturation facture facturen factures faktury fatturazione fatture fax feedback fibu finance financeiro financial " +
    "finanzen founder founders frontdesk gdpr general gerencia geschaeftsfuehrung geschaftsfuhrung gf gm group gruppe " +
    "guest hallo hello help helpdesk hey hi hilfe hola hostmaster hr hub humanresources ict inbox info information inkoop " +
    "inquiries inquiry invoice invoices invoicing it itsupport job jobs kadry kantoor karriere kiosk klantenservice " +
    "kontakt kontakty ksiegowosc kundendienst kundenservice lab labs lager legal logistics logistik mail mailbox main " +
    "management manager marketing md media monitoring news newsletter noc notification notifications obsluga office " +
    "oficina online operation operations ops order orders ordini owner partner partners payable payables payment payments " +
    "payroll pedidos personal personnel post postmaster pr praxis presales president press presse printer privacy " +
    "procurement product public purchasing qa receivable recepcion receptie reception rechnung rechnungen rechnungswesen " +
    "recht recruiting recruitment recrutement reservation reservations returns rh robot root rrhh sale sales sav scan " +
    "scanner secretariat secretary security segreteria sekretariat service servicecenter servicedesk services shared " +
    "shipping shop soc soporte sprzedaz staff store subscriptions suporte support sysadmin system systems talent tax team " +
    "teams tech technical technik test ticket tickets travel treasury trial ufficio user users vendas vendite ventas " +
    "ventes verkauf verkoop versand vertrieb verwaltung vp warehouse web webinar webmaster website www zamowienia zentrale"
  ).split(" "),
);

/** What precedes or follows a function: `billing-eu@`, `sales.emea@`. */
const regions = new Set(
  "de at ch fr es it uk us eu emea apac na latam intl global dach nl be pl br mx jp cn in au ca nordic hq".split(" "),
);

const isRoleWord = (word: string): boolean => roleMailboxes.has(word) || roleMailboxes.has(word.replace(/\d+$/, ""));

/**
 * True for a mailbox that a function reads, not one person: `billing`, `cfo`, `it-support`, `sales.emea`. Look-ups find its address. It
 * is no evidence that two records are one person.
 * @param local in lower case
 */
export function isRoleMailbox(local: string): boolean {
  const words = local
    .replace(/\+.*$/, "")
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  if (words.length === 0) return false;
  if (isRoleWord(words.join(""))) return true;
  return words.some(isRoleWord) && words.every((word) => isRoleWord(word) || regions.has(word) || /^\d+$/.test(word));
}

/** True for an address of a function. @param address in canonical form */
export const isRoleAddress = (address: string): boolean => isRoleMailbox(address.slice(0, address.lastIndexOf("@")));
