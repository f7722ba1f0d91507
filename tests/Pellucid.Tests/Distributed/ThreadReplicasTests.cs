using Pellucid.Distributed;
using Pellucid.Tensors;
using Pellucid.Tests.Tensors;

namespace Pellucid.Tests.Distributed;

public sealed class ThreadReplicasTests
{
    private const int Elements = 100_000; // several shards, and a rest

    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 1)]
    [InlineData(8, 2)]
    [InlineData(8, 3)]
    [InlineData(8, 8)]
    [InlineData(7, 3)]
    [InlineData(13, 5)]
    [InlineData(6, 4)]
    public void Every_replica_has_the_sum_of_the_tree(int leaves, int count)
    {
        var expected = TreeSum(0, leaves);
        var sums = new float[count][];
        ThreadReplicas.Run(count, replicas =>
        {
            using var backend = TestBackends.CreateCpu("Vector128", threads: 1);
            using var arena = new Arena(backend);
            // Twice: what one sum leaves must not disturb the next.
            for (var round = 0; round < 2; round++)
            {
                var pieces = SumTree.Branches(leaves, replicas.Own(leaves)).Select(branch =>
                {
                    var piece = arena.Allocate(new Shape(Elements));
                    backend.Write(TreeSum(branch.First, branch.Count), piece);
                    return piece;
                }).ToArray();
                replicas.Sum(backend, leaves, pieces);
                var shard = replicas.Shard(Elements, replicas.Rank);
                Assert.Equal(expected[shard.First..shard.End], pieces[0].ToFloats(backend)[shard.First..shard.End]);
                replicas.Share(backend, pieces[0]);
                sums[replicas.Rank] = pieces[0].ToFloats(backend);
            }
        });
        Assert.All(sums, sum => Assert.Equal(expected, sum));
    }

    [Fact]
    public void Numbers_of_every_replica_come_together_in_order()
    {
        var gathered = new double[3][];
        ThreadReplicas.Run(3, replicas =>
        {
            var values = new double[2 * 8];
            var own = replicas.Own(8);
            for (var i = 2 * own.First; i < 2 * own.End; i++)
                values[i] = i + 0.5;
            replicas.Gather(values, 2);
            gathered[replicas.Rank] = values;
        });
        Assert.All(gathered, values => Assert.Equal(Enumerable.Range(0, 16).Select(i => i + 0.5), values));
    }

    [Fact]
    public void Where_one_fails_nobody_waits_and_its_failure_is_told()
    {
        var error = Assert.Throws<InvalidDataException>(() => ThreadReplicas.Run(3, replicas =>
        {
            if (replicas.Rank == 1)
                throw new InvalidDataException("out of paper");
            replicas.Gather(new double[3], 1);
        }));
        Assert.Equal("out of paper", error.Message);
    }

    private static float[] Leaf(int leaf) => Tensors.Tensors.RandomValues(Elements, 1, (uint)leaf);

    private static float[] TreeSum(int first, int count)
    {
        if (count == 1)
            return Leaf(first);
        var left = SumTree.Left(count);
        return [.. TreeSum(first, left).Zip(TreeSum(first + left, count - left), (a, b) => a + b)];
    }
}
