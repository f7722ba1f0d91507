namespace Pellucid.Drawings;

/// <summary>Options of colours, shades and curves, and those that have no key.</summary>
internal sealed partial class TikzOptions
{
    private TikzState? Coloured(TikzState state, string key, TikzSlice? value) => (key, value) switch
    {
        ("color" or "colour", { } colour) => InColour(state, context.RequireColour(colour, state.Colour)),
        ("draw", null) => state with { Draws = true },
        ("draw", { } colour) when colour.ToString() == "none" => state with { Draws = false },
        ("draw", { } colour) => state with { Draws = true, DrawColour = context.RequireColour(colour, state.Colour) },
        ("fill", null) => state with { Fills = true },
        ("fill", { } colour) when colour.ToString() == "none" => state with { Fills = false },
        ("fill", { } colour) => state with { Fills = true, FillColour = context.RequireColour(colour, state.Colour) },
        ("text", { } colour) => state with { TextColour = context.RequireColour(colour, state.Colour) },
        ("clip", null) => state with { Clips = true },
        ("opacity", { } share) => state with { DrawOpacity = Share(share), FillOpacity = Share(share), TextOpacity = Share(share) },
        ("draw opacity", { } share) => state with { DrawOpacity = Share(share) },
        ("fill opacity", { } share) => state with { FillOpacity = Share(share), TextOpacity = Share(share) },
        ("text opacity", { } share) => state with { TextOpacity = Share(share) },
        ("transparent", null) => state with { DrawOpacity = 0, FillOpacity = 0, TextOpacity = 0 },
        ("semitransparent", null) => state with { DrawOpacity = 0.5, FillOpacity = 0.5, TextOpacity = 0.5 },
        ("shade", null) => state with { Shades = true },
        ("shading angle", { } angle) => state with { ShadeAngle = Number(angle), Shades = true },
        ("shading", { } kind) => state with
        {
            Shades = true,
            ShadeKind = kind.ToString() switch
            {
                "axis" => ShadeKind.Axis,
                "radial" => ShadeKind.Radial,
                "ball" => ShadeKind.Ball,
                _ => throw kind.Error($"the shading '{Arithmetic.Short(kind)}' is not known"),
            },
        },
        ("bottom color", { } colour) => Shaded(state, ShadeKind.Axis, 0, 0, colour),
        ("middle color", { } colour) => Shaded(state, ShadeKind.Axis, state.ShadeAngle, 1, colour),
        ("top color", { } colour) => Shaded(state, ShadeKind.Axis, 0, 2, colour),
        ("left color", { } colour) => Shaded(state, ShadeKind.Axis, 90, 2, colour),
        ("right color", { } colour) => Shaded(state, ShadeKind.Axis, 90, 0, colour),
        ("inner color", { } colour) => Shaded(state, ShadeKind.Radial, 0, 0, colour),
        ("outer color", { } colour) => Shaded(state, ShadeKind.Radial, 0, 2, colour),
        ("ball color", { } colour) => Ball(state, context.RequireColour(colour, state.Colour)),
        _ => null,
    };

    private static TikzState InColour(TikzState state, Colour colour) =>
        state with { Colour = colour, DrawColour = null, FillColour = null, TextColour = null };

    private static double Share(TikzSlice value) => Math.Clamp(Number(value), 0, 1);

    // Three colours; one of the two outer ones moves the middle between them.
    private TikzState Shaded(TikzState state, ShadeKind kind, double angle, int stop, TikzSlice name)
    {
        var colours = state.ShadeKind == kind ? state.ShadeStops.Select(one => one.Colour).ToArray()
            : [Colour.Gray(0.5), Colour.Gray(0.75), Colour.White];
        colours[stop] = context.RequireColour(name, state.Colour);
        if (stop != 1)
            colours[1] = Colour.Mix(colours[0], colours[2], 0.5);
        return state with
        {
            Shades = true, ShadeKind = kind, ShadeAngle = angle, ShadeStops = [(0, colours[0]), (0.5, colours[1]), (1, colours[2])],
        };
    }

    // A light in the upper left; the colour; its shadow at the rim. As pgf's shading of that name.
    private static TikzState Ball(TikzState state, Colour colour) => state with
    {
        Shades = true, ShadeKind = ShadeKind.Ball,
        ShadeStops =
        [
            (0, Colour.Mix(colour, Colour.White, 0.15)), (0.36, Colour.Mix(colour, Colour.White, 0.75)),
            (0.72, Colour.Mix(colour, Colour.Black, 0.7)), (1, Colour.Mix(colour, Colour.Black, 0.5)),
        ],
    };

    private TikzState? Curved(TikzState state, string key, TikzSlice? value) => (key, value) switch
    {
        ("out", { } angle) => state with { Out = Number(angle) },
        ("in", { } angle) => state with { In = Number(angle) },
        ("bend left", var angle) => state with { Bend = angle is { } a ? Number(a) : state.BendAngle },
        ("bend right", var angle) => state with { Bend = -(angle is { } a ? Number(a) : state.BendAngle) },
        ("bend angle", { } angle) => state with { BendAngle = Number(angle) },
        ("looseness", { } looseness) => state with { Looseness = Number(looseness) },
        ("radius", { } radius) => state with { XRadius = radius, YRadius = radius },
        ("x radius", { } radius) => state with { XRadius = radius },
        ("y radius", { } radius) => state with { YRadius = radius },
        ("start angle", { } angle) => state with { StartAngle = Number(angle) },
        ("end angle", { } angle) => state with { EndAngle = Number(angle) },
        ("delta angle", { } angle) => state with { DeltaAngle = Number(angle) },
        ("step", { } step) => state with { GridXStep = step, GridYStep = step },
        ("xstep", { } step) => state with { GridXStep = step },
        ("ystep", { } step) => state with { GridYStep = step },
        ("tension", { } tension) => state with { Tension = Number(tension) },
        ("smooth", null) => state with { Plot = PlotKind.Smooth },
        ("smooth cycle", null) => state with { Plot = PlotKind.SmoothCycle },
        ("sharp plot", null) => state with { Plot = PlotKind.Straight },
        ("sharp cycle", null) => state with { Plot = PlotKind.StraightCycle },
        ("domain", { } domain) when domain.IndexOf(":") is var colon && colon > 0 =>
            state with { Domain = (Number(domain.To(colon)), Number(domain.From(colon + 1))) },
        ("samples", { } samples) => state with { Samples = (int)Math.Clamp(Number(samples), 2, TikzContext.MostSegments) },
        ("variable", { } variable) => state with { Variable = variable.ToString().TrimStart('\\') },
        _ => null,
    };

    // A colour, or an arrow, stands without a key.
    private TikzState? Bare(TikzState state, TikzSlice option, TikzSlice? value)
    {
        if (value is not null)
            return null;
        if (Tips(state, option.ToString()) is { } tips)
            return tips;
        if (option.ToString() is "help lines")
            return InColour(state with { LineWidth = 0.2 }, Colour.Gray(0.5));
        return context.FindColour(option, state.Colour) is { } colour ? InColour(state, colour) : null;
    }
}
