export {
  draggable,
  dropTargetForElements,
  monitorForElements,
} from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
export { combine } from "@atlaskit/pragmatic-drag-and-drop/combine";
