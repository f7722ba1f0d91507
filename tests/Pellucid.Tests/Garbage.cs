namespace Pellucid.Tests;

/// <summary>What a step leaves to the garbage collector.</summary>
internal static class Garbage
{
    /// <summary>Bytes that ten steps allocate on this thread, the least of five tens: the runtime itself may allocate
    /// now and then, when it replaces a method by a faster one, but a step that allocates does so every time.</summary>
    public static long OfTenSteps(Action step) => Enumerable.Range(0, 5).Min(_ =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
            step();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });
}
