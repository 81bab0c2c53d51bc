import { Button } from "@zendeskgarden/react-buttons";
import { Field, Input, Select, Textarea } from "@zendeskgarden/react-forms";
import { DEFAULT_THEME, type IGardenTheme, ThemeProvider } from "@zendeskgarden/react-theming";
import { createRoot } from "react-dom/client";

/** Every component of Garden that the app has, in each theme. */
const themes: IGardenTheme[] = (["light", "dark"] as const).flatMap((base) =>
  [false, true].map((rtl) => ({ ...DEFAULT_THEME, rtl, colors: { ...DEFAULT_THEME.colors, base } })),
);

const Samples = () => (
  <>
    <Button size="small">Button</Button>
    <Button size="small" isPrimary>
      Primary
    </Button>
    <Button size="small" isNeutral disabled>
      Neutral
    </Button>
    <Button size="small" isDanger aria-disabled>
      Danger
    </Button>
    <Field>
      <Field.Label>Subject</Field.Label>
      <Field.Hint>In one line</Field.Hint>
      <Input isCompact required defaultValue="Call" />
    </Field>
    <Field>
      <Field.Label>Day</Field.Label>
      <Input isCompact type="date" defaultValue="2026-12-04" disabled />
    </Field>
    <Field>
      <Field.Label>Owner</Field.Label>
      <Select isCompact>
        <option>You</option>
      </Select>
    </Field>
    <Field>
      <Field.Label>Note</Field.Label>
      <Textarea isCompact rows={2} readOnly validation="error" />
      <Field.Message validation="error">Too long</Field.Message>
    </Field>
    <Field>
      <Field.Label>Note</Field.Label>
      <Textarea isCompact rows={2} />
      <Field.Message>12 characters left</Field.Message>
    </Field>
  </>
);

createRoot(document.body.appendChild(document.createElement("main"))).render(
  themes.map((theme, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the themes are fixed
    <ThemeProvider key={index} theme={theme}>
      <Samples />
    </ThemeProvider>
  )),
);
