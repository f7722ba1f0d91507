using Pellucid.Words;

namespace Pellucid.Tests.Words;

public sealed class HuffmanTreeTests
{
    [Fact]
    public void Codes_cost_as_little_as_those_of_a_priority_queue()
    {
        var random = new Random(1);
        foreach (var size in (int[])[2, 3, 7, 100, 1000])
        {
            long[] counts = [.. Enumerable.Range(0, size)
                .Select(_ => (long)Math.Ceiling(1e6 / (1 + random.Next(10_000)))).OrderDescending()];
            var tree = new HuffmanTree(counts);
            var cost = counts.Select((count, word) => count * tree.Code(word).Length).Sum();
            Assert.Equal(OptimalCost(counts), cost);
            Assert.Equal(Enumerable.Range(0, size).Max(word => tree.Code(word).Length), tree.LongestCode);
        }
    }

    [Fact]
    public void No_code_begins_another()
    {
        long[] counts = [50, 40, 30, 20, 10, 5, 5, 1];
        var tree = new HuffmanTree(counts);
        string[] codes = [.. counts.Select((_, word) => string.Concat(tree.Code(word).ToArray()))];
        foreach (var code in codes)
            Assert.Single(codes, other => other.StartsWith(code, StringComparison.Ordinal));
    }

    [Fact]
    public void Probabilities_of_all_words_sum_to_one_whatever_the_scores()
    {
        long[] counts = [9, 70, 40, 30, 20, 10, 5];
        var tree = new HuffmanTree(counts);
        var random = new Random(2);
        var scores = Enumerable.Range(0, tree.Nodes).Select(_ => random.NextDouble() * 8 - 4).ToArray();
        var sum = 0.0;
        for (var word = 0; word < counts.Length; word++)
        {
            var probability = 1.0;
            for (var d = 0; d < tree.Path(word).Length; d++)
                probability *= 1 / (1 + Math.Exp(-(1 - 2 * tree.Code(word)[d]) * scores[tree.Path(word)[d]]));
            sum += probability;
        }
        Assert.Equal(1, sum, 1e-12);
    }

    private static long OptimalCost(long[] counts)
    {
        var queue = new PriorityQueue<long, long>(counts.Select(count => (count, count)));
        var cost = 0L;
        while (queue.Count > 1)
        {
            var sum = queue.Dequeue() + queue.Dequeue();
            cost += sum;
            queue.Enqueue(sum, sum);
        }
        return cost;
    }
}
