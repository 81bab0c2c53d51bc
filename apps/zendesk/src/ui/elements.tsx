import { type ComponentPropsWithRef, forwardRef, type ReactNode } from "react";

/**
 * Buttons, tags, avatars and placeholders with the measures and colors of Garden 9. The first screen uses
 * these, because Garden's own components would double the time until it is useful on a slow computer. What opens later uses Garden.
 */
interface ButtonProps extends ComponentPropsWithRef<"button"> {
  isPrimary?: boolean;
  /** In the color of text instead of the primary color. */
  isNeutral?: boolean;
  /** Without a border. */
  isBasic?: boolean;
}

export const Button = forwardRef<HTMLButtonElement, ButtonProps>(function Button(props, ref) {
  const { isPrimary, isNeutral, isBasic, className = "", ...attributes } = props;
  const kinds = [isPrimary && "primary", isNeutral && "neutral", isBasic && "basic"].filter(Boolean).join(" ");
  return <button type="button" ref={ref} className={`button ${kinds} ${className}`} {...attributes} />;
});

export const Tag = ({ className = "", children }: { className?: string; children: ReactNode }) => (
  <span className={`tag ${className}`}>{children}</span>
);

interface AvatarProps {
  initials: string;
  isSmall?: boolean;
  /** A company: a square instead of a circle. */
  isSystem?: boolean;
}

/** Decoration: the name is beside it. */
export const Avatar = ({ initials, isSmall = false, isSystem = false }: AvatarProps) => (
  <span className={`avatar ${isSmall ? "avatar-small" : ""} ${isSystem ? "avatar-system" : ""}`} aria-hidden="true">
    {initials || "?"}
  </span>
);

/** A placeholder for a text that is not there yet. */
export const Skeleton = ({ width, height }: { width: string; height: string }) => (
  <span className="skeleton" style={{ inlineSize: width, blockSize: height }} />
);
