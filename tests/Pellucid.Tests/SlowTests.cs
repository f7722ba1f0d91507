namespace Pellucid.Tests;

/// <summary>What takes minutes is tested where it is asked for.</summary>
internal static class SlowTests
{
    private const string Variable = "PELLUCID_SLOW_TESTS";

    /// <summary>Whether it is.</summary>
    public static bool AreAskedFor => Environment.GetEnvironmentVariable(Variable) is not null;

    /// <summary>Skips the test where it is not.</summary>
    public static void Require(string why = "takes minutes") => Assert.SkipUnless(AreAskedFor, $"{why}; set {Variable} to run it");
}
