using System.CommandLine;
using Pellucid.Cli.Look.Features;

namespace Pellucid.Cli.Look;

/// <summary><c>pellucid look</c>: the instruments, one file each.</summary>
internal static class LookCommand
{
    public static Command Create() => new("look", "Looks inside a model.")
    {
        LensVerb.Create(),
        AttentionVerb.Create(),
        AblateVerb.Create(),
        InterveneVerb.Create(),
        PatchVerb.Create(),
        PathVerb.Create(),
        CircuitVerb.Create(),
        AttributeVerb.Create(),
        RelationVerb.Create(),
        ProbeVerb.Create(),
        SensesVerb.Create(),
        MemoriesVerb.Create(),
        DiffVerb.Create(),
        CheckpointsVerb.Create(),
        FeaturesCommand.Create(),
    };
}
