using Pellucid.Distributed;
using Pellucid.Mpi;
using Pellucid.RankTests;

// What a test has an MPI launcher start several times: trainings whose results each rank writes down. With a number
// instead of mpi, as many replicas do the same in this one process; with code it tells whether joining writes over others' functions.
var (folder, count) = (args[0], args[1]);
if (count == "mpi")
{
    using var ranks = MpiReplicas.Join();
    Trainings.Run(ranks, folder, () => ranks.BytesSent);
}
else if (count == "code")
{
    var before = MemoryFunctions.Code();
    using var ranks = MpiReplicas.Join();
    Console.WriteLine(MemoryFunctions.Code() == before ? "as it was" : "written over");
}
else if (count == "1")
    Trainings.Run(Replicas.One, folder, () => 0);
else
    ThreadReplicas.Run(int.Parse(count), replicas => Trainings.Run(replicas, folder, () => 0));
