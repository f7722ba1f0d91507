using System.Collections.Specialized;
using System.Globalization;

namespace Pellucid.Web.Explorer.Watching;

/// <summary>What curves are drawn over.</summary>
internal enum Against
{
    Step,
    Tokens,
    Time,
}

/// <summary>Which runs are watched, and how their curves are drawn.</summary>
/// <param name="Runs">By their names; those that the explorer was started with when empty.</param>
/// <param name="Curve">What of their logs is drawn, by the name that it has there; <see cref="WatchedRun.Loss"/> is both losses.</param>
/// <param name="Against">What it is drawn over.</param>
/// <param name="LogX">Whether by the logarithm of that.</param>
/// <param name="LogY">Whether by the logarithm of what is drawn.</param>
/// <param name="Smooth">How many logged steps a point is the mean of.</param>
internal sealed record CurveChoice(IReadOnlyList<string> Runs, string Curve, Against Against, bool LogX, bool LogY, int Smooth)
{
    public static readonly IReadOnlyList<int> Smoothings = [1, 5, 20, 100];

    public static CurveChoice Usual { get; } = new([], WatchedRun.Loss, Against.Step, false, false, 1);

    public static CurveChoice Parse(NameValueCollection query) => new(
        query.GetValues("run") ?? [], query["curve"] is { Length: > 0 } curve ? curve : WatchedRun.Loss,
        Enum.TryParse<Against>(query["against"], ignoreCase: true, out var against) && Enum.IsDefined(against) ? against : Against.Step,
        query["logs"]?.Contains('x', StringComparison.Ordinal) == true, query["logs"]?.Contains('y', StringComparison.Ordinal) == true,
        int.TryParse(query["smooth"], CultureInfo.InvariantCulture, out var smooth) && Smoothings.Contains(smooth) ? smooth : 1);

    /// <summary>For the address; what is as usual is left out.</summary>
    public IEnumerable<(string Name, string Value)> Written()
    {
        foreach (var run in Runs)
            yield return ("run", run);
        if (Curve != WatchedRun.Loss)
            yield return ("curve", Curve);
        if (Against != Against.Step)
            yield return ("against", Against.ToString().ToLowerInvariant());
        if (LogX || LogY)
            yield return ("logs", (LogX ? "x" : "") + (LogY ? "y" : ""));
        if (Smooth != 1)
            yield return ("smooth", Smooth.ToString(CultureInfo.InvariantCulture));
    }
}
