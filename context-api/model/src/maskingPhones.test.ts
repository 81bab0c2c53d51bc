import { describe, expect, it } from "vitest";
import { maskDeep } from "./masking.ts";

const noPersonalData = { pii: false, text: true };

describe("a phone number", () => {
  const maskedNumber = (text: string) => maskDeep({ subject: text }, noPersonalData).value.subject;

  it.each([
    "+49 30 901820",
    "+4930901820555",
    "+49 (0)30 / 901820-0",
    "+1 415 555 2671",
    "+1-415-555-2671",
    "＋４９ ３０ ９０１８２０",
    "0049 30 901820",
    "030 901820",
    "030/9018205",
    "06 12 34 56 78",
    "0176-12345678",
    "01761234567",
    "(415) 555-2671",
    "415-555-2671",
    "415.555.2671",
    "1-415-555-2671",
    "%2B4930901820",
  ])("%s is masked in a text", (number) => {
    expect(maskedNumber(`Please call ${number} today`)).toBe("Please call ••• today");
    expect(maskedNumber(number)).toBe("•••");
  });

  it.each([
    "Order 2026112800123",
    "Ticket 5158001",
    "Case 00001026",
    "2026-11-28T10:00:00Z",
    "2026-11-28 10:00",
    "28.11.2026",
    "11/28/2026",
    "ARR 184,000",
    "192.168.100.200",
    "version 10.15.7",
    "zendesk.ticket:5158001",
    "evt_01JDXYZ0123456789",
    "50 % of 1000 seats",
  ])("%s is none", (text) => {
    expect(maskedNumber(text)).toBe(text);
  });

  it("is masked in a member for numbers, in whatever form, and as the name of a member", () => {
    const value = {
      mobilePhone: "4155552671",
      phone_number: 4930901820,
      fax: ["9018205"],
      phone: { work: "901-8205" },
      "+4930901820": 1,
    };
    expect(maskDeep(value, noPersonalData).value).toEqual({
      mobilePhone: "•••",
      phone_number: "•••",
      fax: ["•••"],
      phone: { work: "•••" },
      "•••": 1,
    });
  });

  it("leaves ids and times as they are, unless they are a number with its country calling code", () => {
    const value = {
      id: "0123456789",
      updatedAt: "2026-11-28T10:00:00.000Z",
      ref: "mixpanel.user:+4930901820",
      link: "https://x.example/0123456789",
    };
    expect(maskDeep(value, noPersonalData).value).toEqual({ ...value, ref: "mixpanel.user:•••" });
  });
});

describe("phone numbers of many countries in free text", () => {
  const numbers: [country: string, national: string, international: string][] = [
    ["Austria", "0664 123456", "+43 664 123456"],
    ["Brazil", "(11) 96123-4567", "+55 11 96123 4567"],
    ["China", "131 2345 6789", "+86 131 2345 6789"],
    ["Czechia", "601 123 456", "+420 601 123 456"],
    ["Denmark", "34 41 23 45", "+45 34 41 23 45"],
    ["France", "06 12 34 56 78", "+33 6 12 34 56 78"],
    ["Germany", "01512 3456789", "+49 1512 3456789"],
    ["Hong Kong", "5123 4567", "+852 5123 4567"],
    ["India", "081234 56789", "+91 81234 56789"],
    ["Italy", "312 345 6789", "+39 312 345 6789"],
    ["Japan", "090-1234-5678", "+81 90-1234-5678"],
    ["Norway", "40 61 23 45", "+47 40 61 23 45"],
    ["Poland", "512-345-678", "+48 512 345 678"],
    ["Portugal", "912 345 678", "+351 912 345 678"],
    ["Singapore", "8123 4567", "+65 8123 4567"],
    ["Spain", "612 34 56 78", "+34 612 34 56 78"],
    ["Switzerland", "078 123 45 67", "+41 78 123 45 67"],
    ["the United Kingdom", "07400 123456", "+44 7400 123456"],
    ["the United States", "(201) 555-0123", "+1 201-555-0123"],
  ];
  const digitsIn = (text: string) => text.match(/\p{Nd}/gu)?.length ?? 0;
  const subjectAfterMasking = (subject: string) => maskDeep({ subject }, noPersonalData).value.subject;

  it.each(numbers)("a number of %s is masked as %s and as %s, and as digits after a word that announces it", (_, ...forms) => {
    const [national, international] = forms;
    const bare = international.replaceAll(/\D/g, "");
    const noBreak = national.replaceAll(" ", "\u202f");
    for (const text of [`Please ring ${national}, thanks`, `${international}.`, `Reach Ada on ${noBreak}`])
      expect([text, digitsIn(subjectAfterMasking(text))]).toEqual([text, 0]);
    for (const text of [
      `Tel.: ${bare}`,
      `my phone number is ${bare}`,
      `call me at ${bare}!`,
      `https://wa.me/${bare}`,
      `tel:${bare}`,
    ])
      expect([text, digitsIn(subjectAfterMasking(text))]).toEqual([text, 0]);
  });

  it("is masked in digits of other scripts", () => {
    for (const text of ["اتصل بي على +٩٦٦ ٥٠ ١٢٣ ٤٥٦٧", "फ़ोन ०८१२३४५६७८९", "電話 ０９０－１２３４－５６７８"])
      expect(digitsIn(subjectAfterMasking(text))).toBe(0);
  });

  it.each([
    "Order 202611201234 is late",
    "Case 00001026",
    "Invoice 4711-2026",
    "Contract 2026-004711",
    "from 2025 - 2026",
    "on 2026-11-20 10:30 and 20.11.2026 12:30",
    "10 000 000 events and 12.500.000 calls",
    "version 10.15.7.1",
    "at 192.168.100.200",
    "id 5f3e-1234-5678-9abc",
    "Ticket 360001234567",
  ])("%s stays: it is no phone number", (text) => {
    expect(subjectAfterMasking(text)).toBe(text);
  });
});
