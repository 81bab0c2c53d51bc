import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { BannerView } from "@sidelight/panel/index.ts";
import { useRef } from "react";
import { focusTargets, useFocusReturn } from "./focus.ts";
import { Icon } from "./Icon.tsx";

interface Props {
  banner: BannerView;
  retryLabel: string;
  onRetry: (target: SectionName | "all") => void;
}

export function Banner({ banner, retryLabel, onRetry }: Props) {
  const { retry } = banner;
  const box = useRef<HTMLDivElement>(null);
  useFocusReturn(box, focusTargets.heading);
  return (
    <div ref={box} className={`banner banner-${banner.tone}`} data-kind={banner.kind}>
      <Icon name={banner.icon} />
      <p>
        <bdi>{banner.text}</bdi>
      </p>
      {retry && (
        <button type="button" className="link" onClick={() => onRetry(retry)}>
          {retryLabel}
        </button>
      )}
    </div>
  );
}
