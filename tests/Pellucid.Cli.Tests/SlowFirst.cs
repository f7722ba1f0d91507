using Pellucid.Cli.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(SlowFirst))]

namespace Pellucid.Cli.Tests;

/// <summary>What takes minutes begins first, so that it does not end alone.</summary>
public sealed class SlowFirst : ITestCollectionOrderer
{
    private static readonly string[] Slow = [nameof(PageCommandsTests), nameof(DocumentationTests), QuickTour.Shared,
        nameof(StatedNumbersTests), nameof(AnyModelTourTests), nameof(AdapterVerbTests), nameof(TunePolicyTests), PackedFeed.Name];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection => [.. testCollections.OrderBy(Place)];

    private static int Place<TTestCollection>(TTestCollection collection) where TTestCollection : ITestCollection =>
        Array.FindIndex(Slow, name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal)) is >= 0 and var place
            ? place : Slow.Length;
}
