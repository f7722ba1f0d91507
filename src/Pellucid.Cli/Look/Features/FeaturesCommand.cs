using System.CommandLine;

namespace Pellucid.Cli.Look.Features;

/// <summary><c>pellucid look features</c>: sparse autoencoders and transcoders, one verb a file.</summary>
internal static class FeaturesCommand
{
    public static Command Create() => new("features", "Learns which directions of an activation a model uses, a few at a time "
        + "(sparse autoencoders, transcoders), measures them, and shows what each is for. Folders are in SAELens's layout.")
    {
        TrainFeatures.Create(),
        MeasureFeatures.Create(),
        ShowFeature.Create(),
        NameFeatures.Create(),
        GraphFeatures.Create(),
    };
}
