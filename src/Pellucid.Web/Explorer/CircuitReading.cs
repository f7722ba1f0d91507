using Pellucid.Looking;

namespace Pellucid.Web.Explorer;

/// <summary>What the circuit analysis found.</summary>
/// <param name="Circuit">All of it.</param>
/// <param name="Steps">What was there after each step, and whose paths were found in it.</param>
/// <param name="Model">Logit difference of the model.</param>
/// <param name="Accuracy">Share of right answers.</param>
/// <param name="Alone">Logit difference of the circuit alone.</param>
/// <param name="Broken">Logit difference without it.</param>
internal sealed record FoundCircuit(Circuit Circuit, IReadOnlyList<(string Name, Circuit Circuit)> Steps, Estimate Model,
    double Accuracy, Estimate Alone, Estimate Broken);

/// <summary>The last circuit that was found on this page, kept while panels come and go.</summary>
internal sealed class CircuitReading
{
    public CircuitReading(Session session) => session.ModelChanged += () => Found = null;

    public FoundCircuit? Found { get; set; }
}
